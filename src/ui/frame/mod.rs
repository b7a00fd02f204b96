//! What stands around every screen: rail, title bar, status bar.

mod logo;
mod rail;
mod status;
mod title;

pub use logo::paint_logo;
pub(in crate::ui) use status::pause_or_continue as status_key;

use egui::{CornerRadius, Rect, Ui, UiBuilder, pos2, vec2};

use crate::ui::command::{Commands, Screen};
use crate::ui::state::State;
use crate::ui::theme;

/// Width of the rail.
pub const RAIL: f32 = 72.0;
/// Height of the title bar.
pub const TITLE: f32 = 40.0;
/// Height of the status bar.
pub const STATUS: f32 = 28.0;
/// The least room that screens are laid out in; in a smaller window they scroll.
const LEAST_SCREEN: egui::Vec2 = vec2(952.0, 632.0);

/// What every window, report and export says.
pub const RESEARCH_USE: &str = "Research use only – not for diagnosis";

/// The values under the cross-hair, for the status bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readout {
    /// Pixel of the image as the models see it.
    pub x: u32,
    pub y: u32,
    /// Name and unscaled value, the input first.
    pub values: Vec<(String, f32)>,
}

/// What the frame shows beside the shared state.
pub struct Frame<'a> {
    pub screen: Screen,
    pub state: &'a State,
    pub keys_open: bool,
    pub settings_open: bool,
}

/// The parts of the window.
struct Parts {
    rail: Rect,
    title: Rect,
    screen: Rect,
    status: Rect,
}

impl Parts {
    fn of(window: Rect) -> Self {
        let (left, right) = (window.left() + RAIL, window.right());
        let (top, bottom) = (window.top() + TITLE, window.bottom() - STATUS);
        Self {
            rail: Rect::from_min_max(window.min, pos2(left, window.bottom())),
            title: Rect::from_min_max(pos2(left, window.top()), pos2(right, top)),
            screen: Rect::from_min_max(pos2(left, top), pos2(right, bottom)),
            status: Rect::from_min_max(pos2(left, bottom), window.max),
        }
    }
}

/// Where the screen lies in a window of this size.
pub fn screen_rect(window: Rect) -> Rect {
    Parts::of(window).screen
}

/// Draws the bars; `content` draws the screen between them and tells what is under its cross-hair.
pub fn show(
    ui: &mut Ui,
    frame: &Frame<'_>,
    commands: &mut Commands,
    content: impl FnOnce(&mut Ui, &mut Commands) -> Option<Readout>,
) {
    let theme = theme::of(ui);
    let window = ui.max_rect();
    let parts = Parts::of(window);
    ui.painter().rect_filled(window, CornerRadius::ZERO, theme.window);
    part(ui, "rail", parts.rail, |ui| rail::ui(ui, frame, commands));
    part(ui, "title bar", parts.title, |ui| title::ui(ui, frame));
    let readout = part(ui, frame.screen.name(), parts.screen, |ui| {
        if parts.screen.width() >= LEAST_SCREEN.x && parts.screen.height() >= LEAST_SCREEN.y {
            content(ui, commands)
        } else {
            scrolled(ui, parts.screen, |ui| content(ui, commands))
        }
    });
    part(ui, "status bar", parts.status, |ui| status::ui(ui, frame, readout.as_ref(), commands));
}

fn part<R>(ui: &mut Ui, name: &str, rect: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect));
    child.shrink_clip_rect(rect);
    content(&mut child)
}

/// A window smaller than screens can be laid out in, or text scaled up: the screen keeps its least size and scrolls.
fn scrolled<R>(ui: &mut Ui, rect: Rect, content: impl FnOnce(&mut Ui) -> R) -> R {
    let area = egui::ScrollArea::both().auto_shrink([false, false]);
    let shown = area.show(ui, |ui| {
        let size = rect.size().max(LEAST_SCREEN);
        let (place, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        content(&mut ui.new_child(UiBuilder::new().max_rect(place)))
    });
    shown.inner
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use egui::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::domain::{Architecture, JobId, JobKind, JobProgress};
    use crate::engine::message::{EngineCommand, EngineEvent, MachineInfo};
    use crate::ui::command::UiCommand;
    use crate::ui::state::examples;

    /// A world in which a VAE is being trained.
    pub fn training() -> State {
        let mut state = State::default();
        let machine = MachineInfo { device_name: "CPU · 2 cores".to_owned(), cores: 2, ..MachineInfo::default() };
        state.apply(EngineEvent::Ready(Arc::new(machine)));
        state.apply(EngineEvent::DataOpened { job: JobId(1), data: examples::data() });
        let kind = JobKind::Train(Architecture::Vae);
        state.apply(EngineEvent::JobQueued { job: JobId(2), kind: kind.clone() });
        state.apply(EngineEvent::JobStarted { job: JobId(2), kind });
        let run = Arc::new(examples::run("vae-1", Architecture::Vae));
        state.apply(EngineEvent::TrainingStarted { job: JobId(2), run, steps_per_epoch: 18 });
        let progress = JobProgress {
            stage: "Epoch 12 of 100".to_owned(),
            done: 24,
            total: 100,
            images_per_s: Some(218.0),
            left_secs: Some(204.0),
        };
        state.apply(EngineEvent::JobProgress { job: JobId(2), progress });
        state
    }

    fn readout() -> Readout {
        let value = |name: &str, value| (name.to_owned(), value);
        Readout { x: 144, y: 137, values: vec![value("input", 0.68), value("Autoencoder", 0.43), value("VAE", 0.43)] }
    }

    struct World {
        state: State,
        screen: Screen,
        readout: Option<Readout>,
        asked: Vec<UiCommand>,
    }

    fn harness(state: State, readout: Option<Readout>) -> Harness<'static, World> {
        Harness::builder().with_size(vec2(1280.0, 800.0)).with_context_setup(theme::install).build_ui_state(
            |ui, world: &mut World| {
                let mut commands = Commands::default();
                let window = ui.ctx().content_rect();
                let mut root = ui.new_child(UiBuilder::new().max_rect(window));
                root.set_clip_rect(window);
                let frame = Frame { screen: world.screen, state: &world.state, keys_open: false, settings_open: false };
                let readout = world.readout.clone();
                show(&mut root, &frame, &mut commands, |ui, _| {
                    ui.label("the screen");
                    readout
                });
                for command in commands.drain() {
                    if let UiCommand::Go(screen) = command {
                        world.screen = screen;
                    }
                    world.asked.push(command);
                }
            },
            World { state, screen: Screen::Data, readout, asked: Vec::new() },
        )
    }

    #[test]
    fn the_rail_switches_screens_by_role_and_label() {
        let mut harness = harness(State::default(), None);
        for screen in [Screen::Train, Screen::Benchmark, Screen::Compare, Screen::Data] {
            harness.get_by_role_and_label(Role::Tab, screen.name()).click();
            harness.run();
            assert_eq!(harness.state().screen, screen);
            harness.get_by_role_and_label(Role::Heading, screen.name());
        }
        harness.get_by_role_and_label(Role::Button, "Keys").click();
        harness.get_by_role_and_label(Role::Button, "Settings").click();
        harness.run();
        let asked = &harness.state().asked;
        assert!(asked.iter().any(|command| matches!(command, UiCommand::ShowKeys(true))));
        assert!(asked.iter().any(|command| matches!(command, UiCommand::ShowSettings(true))));
    }

    #[test]
    fn the_job_of_the_status_bar_leads_to_its_screen_and_can_be_paused_and_stopped() {
        let mut harness = harness(training(), None);
        harness.run();
        harness.get_by_role_and_label(Role::Button, "Training VAE, epoch 1 / 100").click();
        harness.run();
        assert_eq!(harness.state().screen, Screen::Train);
        harness.get_by_role_and_label(Role::Button, "Pause").click();
        harness.run();
        harness.get_by_role_and_label(Role::Button, "Stop").click();
        harness.run();
        let asked = &harness.state().asked;
        assert!(
            asked.iter().any(|command| matches!(command, UiCommand::Engine(EngineCommand::Pause { job: JobId(2) })))
        );
        assert!(
            asked.iter().any(|command| matches!(command, UiCommand::Engine(EngineCommand::Stop { job: JobId(2) })))
        );
    }

    #[test]
    fn a_training_that_was_asked_to_stop_says_so_and_offers_nothing_any_more() {
        let mut state = training();
        state.stop_asked(JobId(2));
        let mut harness = harness(state, None);
        harness.run();
        harness.get_by_role_and_label(Role::Button, "Stopping VAE…, epoch 1 / 100");
        for name in ["Pause", "Stop"] {
            assert!(harness.get_by_role_and_label(Role::Button, name).accesskit_node().is_disabled(), "{name}");
        }
        assert!(harness.query_by_label_contains("left").is_none());
    }

    /// For the eye: `NEUROSCAN_PICTURES=<folder> cargo test --lib ui::frame::tests::pictures -- --ignored`.
    #[test]
    #[ignore = "writes pictures for the eye"]
    fn pictures() {
        let Some(folder) = std::env::var_os("NEUROSCAN_PICTURES").map(std::path::PathBuf::from) else { return };
        let names = ["input", "Autoencoder", "VAE", "GAN", "ViT", "Restorer"];
        let values = names.map(|name| (name.to_owned(), 0.43)).to_vec();
        let readout = Readout { x: 144, y: 137, values };
        let mut stopping = training();
        stopping.stop_asked(JobId(2));
        for (name, state, readout) in [("readout", training(), Some(readout)), ("stopping", stopping, None)] {
            let mut harness = harness(state, readout);
            harness.run();
            harness.render().unwrap().save(folder.join(format!("frame-{name}.png"))).unwrap();
        }
    }

    #[test]
    fn nothing_jumps_when_numbers_change_width() {
        let mut harness = harness(training(), None);
        let mut places = Vec::new();
        for (done, images_per_s, left_secs) in [(1, 7.0, 9.0), (24, 218.0, 204.0), (100, 1234.0, 3599.0)] {
            let progress = JobProgress {
                stage: String::new(),
                done,
                total: 100,
                images_per_s: Some(images_per_s),
                left_secs: Some(left_secs),
            };
            harness.state_mut().state.apply(EngineEvent::JobProgress { job: JobId(2), progress });
            harness.run();
            places.push([
                harness.get_by_role_and_label(Role::Button, "Pause").rect(),
                harness.get_by_role(Role::ProgressIndicator).rect(),
            ]);
        }
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:?}");
    }

    #[test]
    fn the_cross_hair_is_read_out_beside_the_job() {
        let mut harness = harness(training(), Some(readout()));
        harness.run();
        harness.get_by_label("x 144 y 137, input 0.68, Autoencoder 0.43, VAE 0.43");
        harness.get_by_label(RESEARCH_USE);
    }

    #[test]
    fn long_names_are_cut_and_everything_stays_inside() {
        let mut state = training();
        let mut data = (*examples::data()).clone();
        data.name = "a_folder_with_a_very_long_name_".repeat(12);
        state.data = Some(Arc::new(data));
        let device_name = "A graphics card with a rather long name and then some more".to_owned();
        let machine = MachineInfo { device_name, ..MachineInfo::default() };
        state.machine = Some(Arc::new(machine));
        let mut harness = harness(state, Some(readout()));
        harness.run();
        let title = harness.get_by_role_and_label(Role::Heading, "Data").rect();
        for node in harness.get_all_by_role(Role::Label) {
            let rect = node.rect();
            assert!(rect.right() <= 1280.5, "{rect:?}");
            if rect.bottom() <= TITLE {
                assert!(rect.left() > title.right() || rect == title, "{rect:?} over {title:?}");
            }
        }
    }

    #[test]
    fn a_small_window_scrolls_instead_of_cutting_off() {
        let mut harness = harness(State::default(), None);
        harness.set_size(vec2(640.0, 400.0));
        harness.run_steps(4);
        harness.get_by_label("the screen");
    }
}
