//! A question before something is destroyed. It names what goes.

use std::path::Path;

use egui::{Align2, Area, Context, Id, Key, Modal, Modifiers, Order, Role, Sense, WidgetInfo, vec2};

use crate::domain::EnsembleInfo;
use crate::engine::message::EngineCommand;
use crate::ui::state::State;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Button, paint};

/// What is asked, and what is done on yes.
pub struct Question {
    title: String,
    detail: String,
    yes: &'static str,
    command: EngineCommand,
}

/// What the user has said.
pub enum Answer {
    Yes(Box<EngineCommand>),
    No,
}

impl Question {
    /// The question that a command needs before it is carried out; `None` for what destroys nothing.
    pub fn before(command: &EngineCommand, state: &State) -> Option<Self> {
        let EngineCommand::DeleteRun { folder } = command else { return None };
        let ensemble = state.ensembles.iter().find(|ensemble| &ensemble.folder == folder);
        let (name, what_goes) = match ensemble {
            Some(ensemble) => (ensemble.name.clone(), about_ensemble(ensemble)),
            None => (file_name(folder), about_run(folder, state)),
        };
        Some(Self {
            title: format!("Delete {name}?"),
            detail: format!("{what_goes}\n{}", folder.display()),
            yes: "Delete",
            command: command.clone(),
        })
    }

    /// Draws the question over the window.
    pub fn ui(&self, context: &Context) -> Option<Answer> {
        const WIDTH: f32 = 400.0;
        let theme = theme::of_context(context);
        let frame = egui::Frame::new()
            .fill(theme.surface)
            .stroke(theme.border_stroke())
            .corner_radius(theme::radius::CARD)
            .inner_margin(24);
        let id = Id::unique("question");
        let area = Area::fade_in(Modal::default_area(id), false).order(Order::Foreground);
        let area = area.accessible_name(&self.title).role(Role::AlertDialog);
        let modal = Modal::new(id).area(area).frame(frame).backdrop_color(theme.backdrop);
        let shown = modal.show(context, |ui| {
            ui.set_width(WIDTH);
            let title = paint::wrapped(ui, &self.title, font::title(), theme.text, WIDTH);
            let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, title.size().y), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &self.title));
            ui.painter().galley(rect.min, title, theme.text);
            let detail = paint::wrapped(ui, &self.detail, font::body(), theme.secondary, WIDTH);
            let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, detail.size().y), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &self.detail));
            ui.painter().galley(rect.min, detail, theme.secondary);
            ui.add_space(space::S);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let yes = ui.add(Button::primary(self.yes));
                let no = ui.add(Button::secondary("Cancel"));
                (yes.clicked(), no.clicked())
            })
            .inner
        });
        let escape = context.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        match shown.inner {
            (true, _) => Some(Answer::Yes(Box::new(self.command.clone()))),
            (_, true) => Some(Answer::No),
            _ => (escape || shown.backdrop_response.clicked()).then_some(Answer::No),
        }
    }
}

fn file_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into())
}

fn about_run(folder: &Path, state: &State) -> String {
    let run = state.runs.iter().find(|run| run.folder == folder);
    let what = run.map(|run| {
        let epochs = run.epochs.len();
        let s = if epochs == 1 { "" } else { "s" };
        format!("The {} with its {epochs} epoch{s}, its checkpoints and its curves", run.architecture().name())
    });
    format!("{} will be gone for good.", what.as_deref().unwrap_or("The run with its checkpoints and curves"))
}

fn about_ensemble(ensemble: &EnsembleInfo) -> String {
    let count = ensemble.members.len();
    format!("The ensemble with its copies of {count} networks will be gone for good. The runs it was made of stay.")
}

/// What hovers over the window while files are dragged above it.
pub fn drop_hint(context: &Context) {
    let theme = theme::of_context(context);
    let rect = context.content_rect();
    let layer = egui::LayerId::new(Order::Foreground, Id::unique("drop hint"));
    let painter = context.layer_painter(layer);
    painter.rect_filled(rect, egui::CornerRadius::ZERO, theme.backdrop);
    let inner = rect.shrink(24.0);
    let corner = egui::CornerRadius::same(theme::radius::CARD);
    painter.rect_stroke(inner, corner, egui::Stroke::new(2.0, theme.accent), egui::StrokeKind::Inside);
    let hint = "Drop a folder to open it, or images to compare them";
    let font = font::figure();
    let galley = painter.layout_no_wrap(hint.to_owned(), font, theme.text);
    let plate = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size() + vec2(48.0, 32.0));
    painter.rect(plate, corner, theme.surface, theme.border_stroke(), egui::StrokeKind::Inside);
    painter.galley(plate.center() - galley.size() / 2.0, galley, theme.text);
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::domain::Architecture;
    use crate::ui::state::examples;

    fn question() -> Question {
        let mut state = State::default();
        state.runs = Arc::new(vec![examples::run("vae-1", Architecture::Vae)]);
        Question::before(&EngineCommand::DeleteRun { folder: PathBuf::from("/models/vae-1") }, &state).unwrap()
    }

    fn answered(click: &str) -> Option<bool> {
        let question = question();
        let mut harness = Harness::builder().with_context_setup(theme::install).build_ui_state(
            move |ui, answer: &mut Option<bool>| match question.ui(ui.ctx()) {
                Some(Answer::Yes(_)) => *answer = Some(true),
                Some(Answer::No) => *answer = Some(false),
                None => {}
            },
            None,
        );
        harness.run();
        harness.get_by_role_and_label(Role::Heading, "Delete vae-1?");
        harness.get_by_role_and_label(Role::Button, click).click();
        harness.run();
        *harness.state()
    }

    #[test]
    fn deleting_is_asked_about_by_name_and_can_be_called_off() {
        assert!(question().detail.contains("/models/vae-1") && question().detail.contains("VAE"));
        assert_eq!(answered("Delete"), Some(true));
        assert_eq!(answered("Cancel"), Some(false));
    }

    fn about_ensemble() -> Question {
        let mut state = State::default();
        let ensemble = examples::ensemble("Two of May", &[Architecture::Vae, Architecture::Gan]);
        let delete = EngineCommand::DeleteRun { folder: ensemble.folder.clone() };
        state.ensembles = Arc::new(vec![ensemble]);
        Question::before(&delete, &state).unwrap()
    }

    #[test]
    fn an_ensemble_is_named_with_what_it_holds_and_what_stays() {
        let question = about_ensemble();
        assert_eq!(question.title, "Delete Two of May?");
        let told = "The ensemble with its copies of 2 networks will be gone for good. The runs it was made of stay.";
        assert_eq!(question.detail, format!("{told}\n/models/Two of May"));
        let unknown = Question::before(&question.command, &State::default()).unwrap();
        assert!(unknown.detail.starts_with("The run with its checkpoints"), "{}", unknown.detail);
    }

    /// For the eye: `NEUROSCAN_PICTURES=<folder> cargo test --lib ui::question::tests::pictures -- --ignored`.
    #[test]
    #[ignore = "writes pictures for the eye"]
    fn pictures() {
        let Some(folder) = std::env::var_os("NEUROSCAN_PICTURES").map(PathBuf::from) else { return };
        for (mode, name) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
            let question = about_ensemble();
            let builder = Harness::builder().with_context_setup(theme::install).with_size(vec2(640.0, 320.0));
            let mut harness = builder.with_theme(mode).build_ui(move |ui| drop(question.ui(ui.ctx())));
            harness.run();
            harness.render().unwrap().save(folder.join(format!("question-{name}.png"))).unwrap();
        }
    }

    #[test]
    fn what_destroys_nothing_is_not_asked_about() {
        assert!(Question::before(&EngineCommand::ListRuns, &State::default()).is_none());
    }
}
