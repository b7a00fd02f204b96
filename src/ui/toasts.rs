//! Messages at the bottom right: what happened, to which file, and one thing to do about it.
//!
//! Words and warnings fade; errors and written files with their action stay until they are dismissed or enough newer
//! ones have come. All of them are in the log as well.

use std::collections::VecDeque;
use std::path::PathBuf;

use egui::{Align2, Area, Color32, CornerRadius, Id, Order, Rect, Role, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo};
use egui::{pos2, vec2};

use crate::engine::message::Failure;
use crate::ui::command::{Commands, UiCommand};
use crate::ui::icons;
use crate::ui::state::ToastMessage;
use crate::ui::theme::{self, Theme, font, radius};
use crate::ui::widgets::{IconButton, link, paint};

const WIDTH: f32 = 360.0;
const GAP: f32 = 8.0;
/// Shown at once; older ones make room.
const MOST: usize = 4;
const INFO_SECS: f64 = 5.0;
const WARNING_SECS: f64 = 9.0;
const WRITTEN_SECS: f64 = 12.0;
const FADE_SECS: f64 = 0.4;
const LONGEST_STEP_SECS: f64 = 1.0;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Info,
    Warning,
    Error,
    Written,
}

/// What a toast offers to do.
enum Action {
    OpenFolder(PathBuf),
    CopyDetails(String),
}

struct Toast {
    id: u64,
    kind: Kind,
    title: String,
    detail: String,
    action: Option<Action>,
    /// Seconds of display left; `None` stays.
    left_secs: Option<f64>,
}

/// The messages on screen.
#[derive(Default)]
pub struct Toasts {
    shown: VecDeque<Toast>,
    next_id: u64,
    /// When they were drawn last, in seconds.
    drawn_at: f64,
}

impl Toasts {
    /// Takes messages over, oldest first.
    pub fn take(&mut self, messages: &mut Vec<ToastMessage>) {
        for message in messages.drain(..) {
            self.push(message);
        }
    }

    pub fn push(&mut self, message: ToastMessage) {
        let toast = self.toast(message);
        // It has its whole time, however long the window slept before.
        self.drawn_at = f64::INFINITY;
        // The same again only stays longer.
        self.shown.retain(|shown| (&shown.title, &shown.detail) != (&toast.title, &toast.detail));
        self.shown.push_back(toast);
        while self.shown.len() > MOST {
            let fading = self.shown.iter().position(|toast| toast.left_secs.is_some());
            self.shown.remove(fading.unwrap_or(0));
        }
    }

    /// Takes away what would fade by itself.
    pub fn clear_fading(&mut self) {
        self.shown.retain(|toast| toast.left_secs.is_none());
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    fn toast(&mut self, message: ToastMessage) -> Toast {
        self.next_id += 1;
        let id = self.next_id;
        match message {
            ToastMessage::Info(title) => {
                Toast { id, kind: Kind::Info, title, detail: String::new(), action: None, left_secs: Some(INFO_SECS) }
            }
            ToastMessage::Warning(title) => Toast {
                id,
                kind: Kind::Warning,
                title,
                detail: String::new(),
                action: None,
                left_secs: Some(WARNING_SECS),
            },
            ToastMessage::Error(Failure { message, advice }) => Toast {
                id,
                kind: Kind::Error,
                action: Some(Action::CopyDetails(format!("{message}\n{advice}").trim_end().to_owned())),
                title: message,
                detail: advice,
                left_secs: None,
            },
            ToastMessage::Written(paths) => written(id, &paths),
        }
    }

    /// Draws the messages; the lowest ends at `bottom_right`.
    pub fn ui(&mut self, context: &egui::Context, bottom_right: egui::Pos2, commands: &mut Commands) {
        let now = context.input(|input| input.time);
        // What was not on screen for long, in a hidden window, has not been read.
        let passed = (now - self.drawn_at).clamp(0.0, LONGEST_STEP_SECS);
        self.drawn_at = now;
        let mut bottom = bottom_right.y;
        let mut dismissed = None;
        for toast in self.shown.iter_mut().rev() {
            let opacity = toast.left_secs.map_or(1.0, |left| (left / FADE_SECS).clamp(0.0, 1.0) as f32);
            let area = Area::new(Id::unique(("toast", toast.id)))
                // Under menus and whatever else was opened by hand.
                .order(Order::Middle)
                .pivot(Align2::RIGHT_BOTTOM)
                .fade_in(false)
                .movable(false)
                .current_pos(pos2(bottom_right.x, bottom));
            let inner = area.show(context, |ui| {
                ui.set_opacity(opacity);
                toast_ui(ui, toast, commands)
            });
            if inner.inner {
                dismissed = Some(toast.id);
            }
            bottom = inner.response.rect.top() - GAP;
            if let Some(left) = &mut toast.left_secs {
                if !inner.response.contains_pointer() {
                    *left -= passed;
                }
                let until_change = if *left > FADE_SECS { *left - FADE_SECS } else { 0.033 };
                context.request_repaint_after_secs(until_change.min(LONGEST_STEP_SECS / 2.0) as f32);
            }
        }
        self.shown.retain(|toast| Some(toast.id) != dismissed && toast.left_secs.is_none_or(|left| left > 0.0));
    }
}

fn written(id: u64, paths: &[PathBuf]) -> Toast {
    let name = paths.first().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    let folder = paths.first().and_then(|path| path.parent()).map(PathBuf::from);
    let title = match (paths.len(), name) {
        (1, Some(name)) => format!("Wrote {name}"),
        (count, _) => format!("Wrote {count} files"),
    };
    Toast {
        id,
        kind: Kind::Written,
        title,
        detail: folder.as_ref().map_or(String::new(), |folder| folder.display().to_string()),
        action: folder.map(Action::OpenFolder),
        left_secs: Some(WRITTEN_SECS),
    }
}

fn mark(kind: Kind, theme: &Theme) -> (&'static str, Color32) {
    match kind {
        Kind::Info => (icons::INFO, theme.accent),
        Kind::Warning => (icons::WARNING, theme.caution),
        Kind::Error => (icons::X_CIRCLE, theme.bad),
        Kind::Written => (icons::CHECK_CIRCLE, theme.good),
    }
}

/// Draws one message; true when it is dismissed.
fn toast_ui(ui: &mut Ui, toast: &Toast, commands: &mut Commands) -> bool {
    let theme = theme::of(ui);
    let text_width = WIDTH - 42.0 - 40.0;
    let title = paint::wrapped(ui, &toast.title, font::body(), theme.text, text_width);
    let detail = (!toast.detail.is_empty())
        .then(|| paint::wrapped(ui, &toast.detail, font::body(), theme.secondary, text_width));
    let detail_height = detail.as_ref().map_or(0.0, |detail| detail.size().y + 2.0);
    let action_height = if toast.action.is_some() { 26.0 } else { 0.0 };
    let height = 24.0 + title.size().y + detail_height + action_height;
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, height), Sense::hover());
    let role = if toast.kind == Kind::Error { Role::Alert } else { Role::Status };
    response.widget_info(|| WidgetInfo::labeled(role, true, &toast.title));
    let corner = CornerRadius::same(radius::CARD);
    ui.painter().add(ui.visuals().popup_shadow.as_shape(rect, corner));
    ui.painter().rect(rect, corner, theme.raised, theme.border_stroke(), StrokeKind::Inside);
    let (glyph, ink) = mark(toast.kind, theme);
    paint::filled_icon(ui.painter(), rect.left_top() + vec2(22.0, 21.0), glyph, 18.0, ink);
    let mut at = rect.left_top() + vec2(42.0, 12.0);
    let title_height = title.size().y;
    ui.painter().galley(at, title, theme.text);
    at.y += title_height + 2.0;
    if let Some(detail) = detail {
        let detail_height = detail.size().y;
        ui.painter().galley(at, detail, theme.secondary);
        at.y += detail_height + 2.0;
    }
    if let Some(action) = &toast.action {
        let place = Rect::from_min_size(at + vec2(0.0, 2.0), vec2(text_width, 20.0));
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| action_ui(ui, action, commands));
    }
    let place = Rect::from_min_size(pos2(rect.right() - 32.0, rect.top() + 8.0), vec2(24.0, 24.0));
    let close = IconButton::new(icons::X, "Dismiss").side(24.0);
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(close).clicked()).inner
}

fn action_ui(ui: &mut Ui, action: &Action, commands: &mut Commands) {
    match action {
        Action::OpenFolder(folder) => {
            if link(ui, "Open folder", &format!("Open folder {}", folder.display())).clicked() {
                commands.push(UiCommand::OpenFolderInFileManager(folder.clone()));
            }
        }
        Action::CopyDetails(text) => {
            if link(ui, "Copy details", "Copy details").clicked() {
                ui.copy_text(text.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::ui::widgets::{Dropdown, menu_item};

    fn failure(message: &str) -> ToastMessage {
        ToastMessage::Error(Failure { message: message.to_owned(), advice: "Free some space.".to_owned() })
    }

    fn harness(messages: Vec<ToastMessage>) -> Harness<'static, (Toasts, Commands)> {
        let mut toasts = Toasts::default();
        for message in messages {
            toasts.push(message);
        }
        Harness::builder().with_size(vec2(800.0, 600.0)).with_context_setup(theme::install).build_ui_state(
            |ui, (toasts, commands)| toasts.ui(ui.ctx(), pos2(784.0, 560.0), commands),
            (toasts, Commands::default()),
        )
    }

    #[test]
    fn words_fade_and_errors_stay_until_dismissed() {
        let mut harness = harness(vec![ToastMessage::Info("VAE is trained".to_owned()), failure("The disk is full")]);
        harness.run();
        harness.get_by_role_and_label(Role::Status, "VAE is trained");
        harness.run_steps(40);
        assert!(harness.query_by_label("VAE is trained").is_none(), "10 s have passed");
        harness.get_by_role_and_label(Role::Alert, "The disk is full");
        harness.get_by_role_and_label(Role::Button, "Dismiss").click();
        harness.run_steps(2);
        assert!(harness.state().0.is_empty());
    }

    #[test]
    fn written_files_offer_their_folder_and_errors_their_details() {
        let mut harness = harness(vec![ToastMessage::Written(vec!["/out/case.png".into()]), failure("No luck")]);
        harness.run_steps(2);
        harness.get_by_role_and_label(Role::Link, "Open folder /out").click();
        harness.run_steps(2);
        let asked = harness.state_mut().1.drain();
        assert!(matches!(asked.as_slice(), [UiCommand::OpenFolderInFileManager(folder)] if folder == "/out"));
        harness.get_by_role_and_label(Role::Link, "Copy details").click();
        harness.step();
        let copied = harness.output().platform_output.commands.iter().any(
            |command| matches!(command, egui::OutputCommand::CopyText(text) if text == "No luck\nFree some space."),
        );
        assert!(copied);
    }

    #[test]
    fn many_never_fill_the_window_and_errors_outlast_words() {
        let mut messages = vec![failure("The first error")];
        messages.extend((0..20).map(|index| ToastMessage::Info(format!("Word {index}"))));
        let mut harness = harness(messages);
        harness.run();
        assert_eq!(harness.get_all_by_role(Role::Status).count(), MOST - 1);
        harness.get_by_label("The first error");
        for node in harness.get_all_by_role(Role::Status) {
            assert!(node.rect().top() > 0.0 && node.rect().right() <= 800.0);
        }
    }

    #[test]
    fn an_open_menu_lies_over_them() {
        let mut toasts = Toasts::default();
        toasts.push(failure("The disk is full"));
        let mut harness =
            Harness::builder().with_size(vec2(800.0, 600.0)).with_context_setup(theme::install).build_ui_state(
                |ui, (toasts, chosen): &mut (Toasts, Option<&str>)| {
                    let place = Rect::from_min_size(pos2(560.0, 400.0), vec2(120.0, 28.0));
                    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
                        Dropdown::new("Colour map", "Inferno").show(ui, |ui| {
                            for name in ["Inferno", "Viridis", "Magma"] {
                                if menu_item(ui, name, "", None, false).clicked() {
                                    *chosen = Some(name);
                                }
                            }
                        });
                    });
                    toasts.ui(ui.ctx(), pos2(784.0, 560.0), &mut Commands::default());
                },
                (toasts, None),
            );
        harness.run();
        harness.get_by_role_and_label(Role::ComboBox, "Colour map").click();
        harness.run();
        let line = harness.get_by_role_and_label(Role::MenuItem, "Magma");
        let toast = harness.get_by_role_and_label(Role::Alert, "The disk is full").rect();
        assert!(toast.contains(line.rect().center()), "{:?} {toast:?}", line.rect());
        line.click();
        harness.run();
        assert_eq!(harness.state().1, Some("Magma"));
    }

    #[test]
    fn the_same_again_is_shown_once() {
        let mut harness = harness(vec![failure("Again"), failure("Again"), failure("Again")]);
        harness.run();
        assert_eq!(harness.get_all_by_role(Role::Alert).count(), 1);
    }
}
