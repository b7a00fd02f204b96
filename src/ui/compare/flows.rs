//! The screen as its users go through it: by role and name, then by what it asks for and remembers.

use egui::{Key, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::domain::{LesionKind, NoLungs};
use crate::engine::message::{EngineCommand, EngineEvent, Failure};
use crate::ui::compare::fixture;
use crate::ui::theme;

struct World {
    view: CompareView,
    state: State,
    commands: Commands,
}

fn harness(state: State, size: egui::Vec2, dark: bool, scale: f32) -> Harness<'static, World> {
    let world = World { view: CompareView::default(), state, commands: Commands::default() };
    let mut harness = Harness::builder()
        // The harness leaves a margin of 8 around.
        .with_size(size + egui::Vec2::splat(16.0))
        .with_step_dt(1.0 / 60.0)
        .with_pixels_per_point(scale)
        .with_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light })
        .with_context_setup(theme::install)
        .with_max_steps(60)
        .build_ui_state(
            |ui, world: &mut World| {
                ui.painter().rect_filled(ui.max_rect(), 0.0, theme::of(ui).window);
                world.view.ui(ui, &world.state, &mut world.commands);
            },
            world,
        );
    harness.run();
    harness
}

fn screen(models: usize) -> Harness<'static, World> {
    harness(fixture::state(models), vec2(1208.0, 732.0), true, 1.0)
}

fn press(harness: &mut Harness<'_, World>, key: Key) {
    harness.key_press(key);
    harness.run();
}

fn click(harness: &mut Harness<'_, World>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run();
}

#[test]
fn a_pane_is_set_to_none_and_back() {
    let mut harness = screen(4);
    harness.get_by_label("VAE: 99.5\u{2009}% of healthy are lower");
    click(&mut harness, Role::ComboBox, "Model of pane 2");
    click(&mut harness, Role::MenuItem, "None");
    assert_eq!(harness.state().view.panes.list[1], None);
    harness.get_by_label("Choose a model above.");
    assert!(harness.query_by_label("Map, VAE").is_none());
    click(&mut harness, Role::ComboBox, "Model of pane 2");
    click(&mut harness, Role::MenuItem, "VAE");
    harness.get_by_role_and_label(Role::Image, "Map, VAE");
}

#[test]
fn another_score_is_chosen_in_the_header_and_the_case_is_asked_for_again() {
    let mut harness = screen(2);
    click(&mut harness, Role::Button, "Score of VAE");
    click(&mut harness, Role::MenuItem, "Code: KL divergence");
    let asked = harness.state_mut().commands.drain();
    let set = asked.iter().find_map(|command| match command {
        UiCommand::Engine(EngineCommand::SetScore { model, score }) => Some((model.clone(), score.clone())),
        _ => None,
    });
    let (model, score) = set.expect("SetScore");
    assert_eq!((model.0.as_str(), score.slug().as_str()), ("vae-1", "kl"));
    let mut changed = ModelInfo::clone(harness.state().state.model(&model).unwrap());
    changed.score = score;
    harness.state_mut().state.apply(EngineEvent::ScoreChanged(Arc::new(changed)));
    harness.run_steps(3);
    let case = harness.state().view.navigator.current().cloned().unwrap();
    let asked = harness.state_mut().commands.drain();
    let again = asked.iter().any(|command| {
        matches!(command, UiCommand::Engine(EngineCommand::Analyse { case: asked, models }) if *asked == case && *models == [model.clone()])
    });
    assert!(again, "{asked:?}");
}

#[test]
fn modes_change_what_panes_show_and_dim_what_does_not_apply() {
    let mut harness = screen(2);
    click(&mut harness, Role::RadioButton, "Map");
    assert!(harness.query_by_label("Reconstruction, VAE").is_none());
    assert!(harness.get_by_label("Opacity of the map").accesskit_node().is_disabled());
    assert!(harness.get_by_label("Swipe between input and model").accesskit_node().is_disabled());
    click(&mut harness, Role::RadioButton, "Overlay");
    harness.get_by_role_and_label(Role::Image, "Overlay, VAE");
    assert!(!harness.get_by_label("Opacity of the map").accesskit_node().is_disabled());
    click(&mut harness, Role::RadioButton, "Reconstruction");
    assert!(harness.get_by_label("Colour map").accesskit_node().is_disabled());
}

#[test]
fn the_next_case_is_asked_for_and_the_old_picture_stays_until_it_comes() {
    let mut harness = screen(2);
    let before = harness.state().view.navigator.current().cloned();
    harness.get_by_role_and_label(Role::Button, "Next case").click();
    harness.run_steps(3);
    let case = harness.state().view.navigator.current().cloned().unwrap();
    assert_ne!(Some(&case), before.as_ref());
    // Perhaps already as the neighbour of the case before.
    let asked = harness.state_mut().commands.drain();
    let analyse = asked.iter().any(|command| {
        matches!(command, UiCommand::Engine(EngineCommand::Analyse { case: asked, models }) if *asked == case && models.len() == 2)
    });
    assert!(analyse, "{asked:?}");
    harness.get_by_role_and_label(Role::Image, "Map, VAE");
    let mut state = std::mem::take(&mut harness.state_mut().state);
    fixture::add_case(&mut state, &case);
    harness.state_mut().state = state;
    harness.run_steps(3);
    let shown = &harness.state().view.live.shown;
    assert!(shown.len() == 2 && shown.values().all(|analysis| analysis.case == case));
    assert!(harness.state().view.live.waiting.is_none());
}

#[test]
fn keys_do_what_the_buttons_do() {
    let mut harness = screen(2);
    for key in [Key::W, Key::I, Key::H, Key::L, Key::B] {
        press(&mut harness, key);
    }
    let display = &harness.state().view.display;
    assert!(display.adjust_window && display.invert && !display.crosshair && !display.linked && display.blink);
    assert!(harness.state().view.readout().is_none(), "no read-out without crosshair");
    press(&mut harness, Key::B);
    press(&mut harness, Key::G);
    assert_eq!(harness.state().view.display.show, Show::Overlay);
    press(&mut harness, Key::G);
    assert_eq!(harness.state().view.display.show, Show::Both);
    let position = harness.state().view.navigator.position();
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    assert_eq!(harness.state().view.navigator.position(), position.map(|position| position - 1));
}

#[test]
fn the_share_in_the_lungs_is_shown_and_the_outline_is_a_switch() {
    let mut harness = screen(1);
    let state = &harness.state().state;
    let share = fixture::shown(state).next().unwrap().1.lungs.as_ref().unwrap().share.unwrap();
    harness.get_by_label(&format!("{:.0}\u{2009}% of the map lies in the lungs", share * 100.0));
    press(&mut harness, Key::O);
    assert!(harness.state().view.display.lungs);
    click(&mut harness, Role::Button, "Outline of the lungs");
    assert!(!harness.state().view.display.lungs);
}

#[test]
fn without_a_lung_mask_the_switch_is_dimmed_and_the_figure_says_so() {
    let mut state = fixture::state(1);
    for analysis in state.analyses.values_mut() {
        let mut without = (**analysis.as_ref().unwrap()).clone();
        without.lungs = Err(NoLungs::Unknown("cannot read: not found: models/lungs/lungs.safetensors".into()));
        *analysis = Ok(Arc::new(without));
    }
    let mut harness = harness(state, vec2(1208.0, 732.0), true, 1.0);
    harness.run();
    harness.get_by_label("Share in the lungs: not known");
    let switch = harness.get_by_role_and_label(Role::Button, "Outline of the lungs");
    assert!(switch.accesskit_node().is_disabled());
}

#[test]
fn images_that_are_no_chest_x_rays_have_no_line_about_lungs() {
    let mut state = fixture::state(1);
    for analysis in state.analyses.values_mut() {
        let mut without = (**analysis.as_ref().unwrap()).clone();
        without.lungs = Err(NoLungs::OtherImages);
        *analysis = Ok(Arc::new(without));
    }
    let mut harness = harness(state, vec2(1208.0, 732.0), true, 1.0);
    harness.run();
    assert!(harness.query_by_label_contains("in the lungs").is_none());
    let switch = harness.get_by_role_and_label(Role::Button, "Outline of the lungs");
    assert!(switch.accesskit_node().is_disabled());
}

#[test]
fn the_overlay_can_show_marked_places_alone() {
    let mut harness = screen(1);
    click(&mut harness, Role::ComboBox, "Colour map");
    click(&mut harness, Role::MenuItem, "Marked places only");
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().view.display.show, Show::Overlay);
    assert_eq!(harness.state().view.display.marks_from(), Some(1.0));
    harness.get_by_role_and_label(Role::Slider, "Marked from").focus();
    harness.run();
    press(&mut harness, Key::ArrowRight);
    assert!(harness.state().view.display.marks_from().is_some_and(|from| (from - 1.05).abs() < 1e-5));
    press(&mut harness, Key::G);
    assert_eq!(harness.state().view.display.marks_from(), None, "the overlay alone");
}

fn wheel(harness: &mut Harness<'_, World>) {
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run_steps(30);
}

#[test]
fn zoom_is_linked_until_the_link_is_cut_and_reset_undoes_it() {
    let mut harness = screen(2);
    harness.get_by_role_and_label(Role::Image, "Map, VAE").hover();
    harness.run();
    wheel(&mut harness);
    let near = harness.state().view.views.get(true, 0);
    assert!(near.zoom > 1.5, "{near:?}");
    let link = "Link zoom, place and crosshair of all panes";
    click(&mut harness, Role::Button, link);
    harness.get_by_role_and_label(Role::Image, "Map, VAE").hover();
    harness.run();
    wheel(&mut harness);
    let views = &harness.state().view.views;
    assert_eq!(views.get(false, 0), near);
    assert!(views.get(false, 2).zoom > near.zoom);
    press(&mut harness, Key::R);
    assert!(harness.state().view.views.are_whole());
}

#[test]
fn the_crosshair_follows_the_pointer_and_reads_out_every_model() {
    let mut harness = screen(3);
    let readout = harness.state().view.readout().cloned().unwrap();
    assert_eq!(readout.values.len(), 4, "begins at the largest error");
    let place = harness.get_by_role_and_label(Role::Image, "Map, GAN").rect();
    harness.hover_at(place.min + vec2(1.0, 1.0));
    harness.run();
    let readout = harness.state().view.readout().cloned().unwrap();
    assert_eq!((readout.x, readout.y), (0, 0));
    assert_eq!(readout.values[3].0, "GAN");
}

#[test]
fn a_failure_is_told_in_its_pane_and_can_be_tried_again() {
    let mut state = fixture::state(2);
    let case = fixture::first_case(&state);
    let failure = Failure { message: "VAE ran out of memory.".to_owned(), advice: "Close other models.".to_owned() };
    state.analyses.insert((case, state.models[1].id.clone()), Err(failure));
    let mut harness = harness(state, vec2(1208.0, 732.0), true, 1.0);
    harness.get_by_label("VAE ran out of memory.");
    harness.get_by_role_and_label(Role::Image, "Map, Autoencoder");
    harness.state_mut().commands.drain();
    click(&mut harness, Role::Button, "Try again");
    let asked = harness.state_mut().commands.drain();
    assert!(asked.iter().any(|command| matches!(command, UiCommand::Engine(EngineCommand::Analyse { .. }))));
}

#[test]
fn double_click_maximises_and_escape_goes_back() {
    let mut harness = screen(2);
    let place = harness.get_by_role_and_label(Role::Image, "Map, VAE").rect();
    for _ in 0..2 {
        harness.get_by_role_and_label(Role::Image, "Map, VAE").click();
    }
    harness.run();
    assert_eq!(harness.state().view.live.maximised, Some(2));
    assert!(harness.get_by_role_and_label(Role::Image, "Map, VAE").rect().width() > place.width());
    assert!(harness.query_by_label("Map, Autoencoder").is_none());
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().view.live.maximised, None);
}

#[test]
fn worst_misses_need_a_benchmark() {
    let mut harness = screen(1);
    assert!(harness.get_by_label("Worst misses").accesskit_node().is_disabled());
    let benchmark = fixture::benchmark(&harness.state().state);
    harness.state_mut().state.benchmark = Some(Arc::new(benchmark));
    harness.run();
    harness.get_by_label("Worst misses").click();
    harness.run_steps(3);
    assert!(harness.state().view.navigator.worst_first());
    assert_eq!(harness.state().view.navigator.list().len(), 6);
}

#[test]
fn nothing_to_show_leads_on() {
    let mut harness = harness(State::default(), vec2(1208.0, 732.0), true, 1.0);
    click(&mut harness, Role::Button, "Open a data set");
    assert!(matches!(harness.state_mut().commands.drain()[..], [UiCommand::Go(Screen::Data)]));
    let mut harness = screen(0);
    harness.get_by_role_and_label(Role::Image, "Original");
    harness.state_mut().commands.drain();
    click(&mut harness, Role::Button, "Train a model");
    let asked = harness.state_mut().commands.drain();
    assert!(asked.iter().any(|command| matches!(command, UiCommand::Go(Screen::Train))));
}

#[test]
fn own_images_are_shown_without_a_label_and_a_picture_is_saved() {
    let mut harness = screen(2);
    harness.state_mut().commands.drain();
    click(&mut harness, Role::Button, "Open…");
    click(&mut harness, Role::Button, "Export");
    let asked = harness.state_mut().commands.drain();
    assert!(asked.iter().any(|command| matches!(command, UiCommand::PickImages)));
    assert!(asked.iter().any(|command| {
        matches!(command, UiCommand::SavePicture { rect, suggested_name } if rect[2] > rect[0] && suggested_name.contains("compare"))
    }));
    let case = CaseRef::File("/images/mine.png".into());
    let mut state = std::mem::take(&mut harness.state_mut().state);
    fixture::add_case(&mut state, &case);
    harness.state_mut().state = state;
    harness.state_mut().view.show_case(case);
    harness.run();
    harness.get_by_label("Labelled: unknown");
    harness.get_by_label("Split: own image, not seen in training");
}

#[test]
fn what_was_set_survives_a_restart() {
    let mut harness = screen(3);
    click(&mut harness, Role::RadioButton, "Overlay");
    click(&mut harness, Role::ComboBox, "Model of pane 1");
    click(&mut harness, Role::MenuItem, "Close pane");
    let text = serde_json::to_string(&harness.state().view).unwrap();
    harness.state_mut().view = serde_json::from_str(&text).unwrap();
    harness.run();
    let view = &harness.state().view;
    assert_eq!((view.display.show, view.panes.list.len()), (Show::Overlay, 2));
    assert!(harness.query_by_label("Overlay, Autoencoder").is_none());
}

#[test]
fn many_panes_scroll_and_keep_the_input_in_place() {
    let harness = harness(fixture::state(9), vec2(1208.0, 732.0), true, 1.0);
    let input = harness.get_by_role_and_label(Role::Image, "Original").rect();
    assert!(input.left() < 40.0 && input.width() > 160.0);
    let first = harness.get_by_role_and_label(Role::Image, "Map, Autoencoder").rect();
    assert!(first.left() > input.right() && first.width() > 160.0);
}

/// What was asked for about a painted case.
fn painted_requests(harness: &mut Harness<'_, World>) -> Vec<CaseRef> {
    let asked = harness.state_mut().commands.drain().into_iter();
    asked
        .filter_map(|command| match command {
            UiCommand::Engine(EngineCommand::Analyse { case, models }) if models.len() == 2 => Some(case),
            _ => None,
        })
        .filter(|case| !case.lesions().is_empty())
        .collect()
}

/// As the engine would.
fn answer(harness: &mut Harness<'_, World>, case: &CaseRef) {
    let mut state = std::mem::take(&mut harness.state_mut().state);
    fixture::add_case(&mut state, case);
    harness.state_mut().state = state;
    harness.run_steps(3);
}

#[test]
fn a_lesion_is_painted_changed_and_taken_away() {
    let mut harness = screen(2);
    let case = fixture::first_case(&harness.state().state);
    harness.get_by_role_and_label(Role::Image, "Original").click();
    harness.run_steps(2);
    assert!(painted_requests(&mut harness).is_empty(), "not while the tool is off");
    press(&mut harness, Key::P);
    click(&mut harness, Role::RadioButton, "Nodule");
    harness.get_by_role_and_label(Role::Image, "Original").click();
    harness.run_steps(3);
    let painted = painted_requests(&mut harness).pop().expect("every model is asked");
    assert_eq!((painted.original(), painted.lesions().len()), (&case, 1));
    let lesion = painted.lesions()[0];
    assert_eq!(lesion.kind, LesionKind::Nodule);
    assert!((lesion.x.share() - 0.5).abs() < 0.02 && (lesion.y.share() - 0.5).abs() < 0.02, "{lesion:?}");
    // A change waits for the answers, of which there are none yet; the newest is asked for then.
    for _ in 0..2 {
        harness.get_by_label("Contrast of the lesion").focus();
        harness.run_steps(1);
        harness.key_press(Key::ArrowRight);
        harness.run_steps(2);
    }
    assert!(painted_requests(&mut harness).is_empty());
    answer(&mut harness, &painted);
    let changed = painted_requests(&mut harness).pop().expect("the newest change is asked for");
    assert!(changed.lesions()[0].contrast > lesion.contrast);
    let shown = &harness.state().view.live.shown;
    assert!(shown.values().all(|analysis| analysis.case == painted), "older answers show meanwhile");
    answer(&mut harness, &changed);
    harness.get_by_label("VAE: 99.5\u{2009}% of healthy are lower, with synthetic lesion");
    harness.get_by_label("Labelled: pneumonia, bacterial, with synthetic lesion");
    let name = navigation::case_name(&harness.state().view.case().unwrap(), None);
    assert!(name.ends_with("-synthetic-lesion"), "{name}");
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    harness.run_steps(3);
    assert_eq!(harness.state().view.case(), Some(case));
    harness.get_by_label("VAE: 99.5\u{2009}% of healthy are lower");
}

#[test]
fn lesions_are_hidden_by_the_tool_and_left_behind_with_their_case() {
    let mut harness = screen(2);
    click(&mut harness, Role::Button, "Paint a synthetic lesion");
    harness.get_by_role_and_label(Role::Image, "As the models see it").click();
    harness.run_steps(3);
    let painted = harness.state().view.case().unwrap();
    assert_eq!(painted.lesions().len(), 1);
    answer(&mut harness, &painted);
    press(&mut harness, Key::P);
    assert!(harness.state().view.case().unwrap().lesions().is_empty());
    press(&mut harness, Key::P);
    assert_eq!(harness.state().view.case(), Some(painted));
    harness.get_by_role_and_label(Role::Button, "Next case").click();
    harness.run_steps(3);
    assert!(harness.state().view.case().unwrap().lesions().is_empty());
}

#[test]
#[ignore = "writes pictures for looking at"]
fn pictures_of_lesions_for_looking_at() {
    let folder = std::env::temp_dir().join("neuroscan-compare");
    std::fs::create_dir_all(&folder).unwrap();
    for (dark, name) in [(true, "lesion"), (false, "lesion-light")] {
        let mut harness = harness(fixture::state(4), vec2(1208.0, 732.0), dark, 1.5);
        press(&mut harness, Key::P);
        harness.get_by_role_and_label(Role::Image, "Original").click();
        harness.run_steps(3);
        let painted = harness.state().view.case().unwrap();
        answer(&mut harness, &painted);
        let circle = |step: u8| {
            let angle = f32::from(step) / 24.0 * std::f32::consts::TAU;
            [0.5 + 0.12 * angle.cos(), 0.5 + 0.1 * angle.sin()]
        };
        let outline = Arc::new((0..24).map(|step| [circle(step), circle(step + 1)]).collect());
        let state = &mut harness.state_mut().state;
        let image = (**state.cases[&painted].as_ref().unwrap()).clone();
        state.cases.insert(painted, Ok(Arc::new(crate::engine::message::CaseImage { outline, ..image })));
        harness.run();
        harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
    }
}

/// Everything at once that is rare: narrow window, pixels as squares, a failure, a wait, a case seen in training.
fn rare_world() -> State {
    let mut state = fixture::state(4);
    let case = fixture::first_case(&state);
    let key = |state: &State, model: usize| (case.clone(), state.models[model].id.clone());
    let (seen, failed, waiting) = (key(&state, 0), key(&state, 1), key(&state, 2));
    let mut analysis = (**state.analyses[&seen].as_ref().unwrap()).clone();
    analysis.seen_in_training = true;
    analysis.sigma = 12.0;
    state.analyses.insert(seen, Ok(Arc::new(analysis)));
    let message = "VAE could not be shown this image: libtorch ran out of memory.".to_owned();
    let advice = "Close other models, or train with smaller images.".to_owned();
    state.analyses.insert(failed, Err(Failure { message, advice }));
    state.analyses.remove(&waiting);
    state
}

#[test]
#[ignore = "writes pictures for looking at, and how long a frame takes"]
fn pictures_for_looking_at() {
    let folder = std::env::temp_dir().join("neuroscan-compare");
    std::fs::create_dir_all(&folder).unwrap();
    let save = |harness: &mut Harness<'_, World>, name: &str| {
        harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
    };
    let shots: [(&str, usize, f32, f32, bool, f32); 8] = [
        ("dark", 4, 1208.0, 732.0, true, 2.0),
        ("dark-1x", 4, 1208.0, 732.0, true, 1.0),
        ("light", 4, 1208.0, 732.0, false, 2.0),
        ("hd", 4, 1848.0, 1012.0, true, 1.0),
        ("one", 1, 1208.0, 732.0, true, 1.0),
        ("five", 5, 1208.0, 732.0, true, 1.0),
        ("many", 8, 1208.0, 732.0, true, 1.0),
        ("small", 4, 604.0, 366.0, true, 2.0),
    ];
    for (name, models, width, height, dark, scale) in shots {
        save(&mut harness(fixture::state(models), vec2(width, height), dark, scale), name);
    }
    let mut harness = screen(4);
    for label in ["Map", "Overlay", "Reconstruction"] {
        click(&mut harness, Role::RadioButton, label);
        save(&mut harness, label);
    }
    harness.state_mut().view.display.toggle_marked();
    harness.run();
    save(&mut harness, "marked");
    harness.state_mut().view.display.toggle_marked();
    press(&mut harness, Key::O);
    click(&mut harness, Role::RadioButton, "Both");
    save(&mut harness, "lungs");
    press(&mut harness, Key::O);
    click(&mut harness, Role::RadioButton, "Reconstruction");
    click(&mut harness, Role::Button, "Swipe between input and model");
    save(&mut harness, "swipe");
    click(&mut harness, Role::RadioButton, "Both");
    click(&mut harness, Role::Button, "Maximise VAE");
    harness.state_mut().view.display.color_map = crate::imaging::colormap::ColorMap::Diverging;
    harness.run();
    save(&mut harness, "maximised");
    click(&mut harness, Role::Button, "Restore VAE");
    click(&mut harness, Role::ComboBox, "Model of pane 2");
    save(&mut harness, "menu");
    press(&mut harness, Key::Escape);
    harness.state_mut().state = rare_world();
    let view = &mut harness.state_mut().view;
    view.live = Live::default();
    view.display = Display::default();
    view.display.smooth = false;
    view.display.invert = true;
    view.display.adjust_window = true;
    view.display.window = WindowLevel { window: 0.6, level: 0.6 };
    harness.run_steps(3);
    harness.key_press(Key::Plus);
    harness.run_steps(20);
    save(&mut harness, "rare");
    for (what, dragging) in [("still", false), ("window dragged", true)] {
        let mut harness = screen(5);
        let began = std::time::Instant::now();
        for frame in 0..120u8 {
            if dragging {
                harness.state_mut().view.display.window.level = f32::from(frame) / 120.0;
            }
            harness.run_steps(1);
        }
        eprintln!("{what}: {:.2} ms a frame without painting", began.elapsed().as_secs_f64() * 1000.0 / 120.0);
    }
}

#[test]
fn an_ensemble_shows_its_spread_and_where_its_members_differ() {
    let mut harness = harness(fixture::with_ensemble(fixture::state(2)), vec2(1208.0, 732.0), true, 1.0);
    harness.get_by_label("Map, Ensemble of 2");
    harness.get_by_label_contains(" ± 0.40 σ");
    click(&mut harness, Role::Button, "Where the members of Ensemble of 2 differ");
    assert!(harness.state().view.display.spread);
    harness.get_by_label("Members differ, Ensemble of 2");
    harness.get_by_label("Map, VAE");
    click(&mut harness, Role::Button, "Where the members of Ensemble of 2 differ");
    harness.get_by_label("Map, Ensemble of 2");
}
