//! Which folder is open, and ways to another.

use std::path::{Path, PathBuf};

use egui::{Align2, CornerRadius, Popup, Rect, Role, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::domain::{DataSetSummary, JobKind};
use crate::engine::message::{DataOptions, DataSource};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::data::{open, progress, words};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, font, radius};
use crate::ui::widgets::{Button, Card, menu_item, menu_label, paint};

/// The credit that the licence of the bundled images asks for.
const CREDIT: &str = "Kermany, Zhang, Goldbaum 2018 · CC BY 4.0";
const CREDIT_LONG: &str = "Kermany, D.; Zhang, K.; Goldbaum, M. (2018): Labeled Optical Coherence Tomography (OCT) and \
    Chest X-Ray Images for Classification. Mendeley Data, doi:10.17632/rscbjbr9sj. CC BY 4.0. Scaled to 224 × 224.";

pub fn ui(ui: &mut Ui, rect: Rect, state: &State, commands: &mut Commands) {
    Card::new(rect).show(ui, |ui| {
        let inner = ui.max_rect();
        header(ui, Rect::from_min_size(inner.min, vec2(inner.width(), 24.0)), state);
        let path = Rect::from_min_size(inner.min + vec2(0.0, 30.0), vec2(inner.width(), 28.0));
        path_field(ui, path, state, commands);
        let below = Rect::from_min_max(pos2(inner.left(), path.bottom() + 10.0), inner.max);
        // Elsewhere on the screen it is shown large while nothing else is.
        match state.opening().filter(|_| state.findings.is_some()) {
            Some(job) => {
                let place = Rect::from_min_size(below.min, vec2(below.width(), progress::HEIGHT));
                progress::ui(ui, place, job, commands);
            }
            None => ways(ui, below, state, commands),
        }
    });
}

fn header(ui: &mut Ui, rect: Rect, state: &State) {
    let theme = theme::of(ui);
    let middle = rect.center().y;
    paint::icon(ui.painter(), pos2(rect.left() + 9.0, middle), icons::FOLDER_OPEN, 18.0, theme.accent);
    let room = Rect::from_min_max(pos2(rect.left() + 26.0, rect.top()), rect.max - vec2(24.0, 0.0));
    let (name, caption) = match &state.data {
        Some(data) => (data.name.clone(), caption(data)),
        None => ("No data set".to_owned(), String::new()),
    };
    let placed = paint::line(ui, room, &name, font::card_title(), theme.text);
    let heading = ui.interact(placed, ui.scope_id().with("data set name"), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &name));
    let rest = Rect::from_min_max(pos2(placed.right() + 8.0, room.top()), room.max);
    if rest.width() > 40.0 {
        paint::line(ui, rest, &caption, font::caption(), theme.secondary);
    }
    if state.data.is_some() {
        paint::filled_icon(ui.painter(), pos2(rect.right() - 8.0, middle), icons::CHECK_CIRCLE, 16.0, theme.good);
    }
}

fn caption(data: &DataSetSummary) -> String {
    let count = words::counted(data.samples.len(), "image", "images");
    if data.bundled { format!("Kermany, {}", words::sizes(data)) } else { format!("{count}, {}", words::sizes(data)) }
}

/// The path as a field; its menu has the folders opened before.
fn path_field(ui: &mut Ui, rect: Rect, state: &State, commands: &mut Commands) {
    let theme = theme::of(ui);
    let path = shown_path(state);
    let response = ui.interact(rect, ui.scope_id().with("path"), Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), "Folder");
        info.current_text_value = Some(path.clone());
        info
    });
    let edge = if response.has_focus() {
        theme.focus_stroke()
    } else if response.hovered() {
        egui::Stroke::new(1.0, theme.secondary)
    } else {
        theme.border_stroke()
    };
    ui.painter().rect(rect, CornerRadius::same(radius::CONTROL), theme.well, edge, StrokeKind::Inside);
    let room = Rect::from_min_max(rect.min + vec2(9.0, 0.0), rect.max - vec2(28.0, 0.0));
    let ink = if state.data.is_some() || state.opening().is_some() { theme.secondary } else { theme.disabled };
    let fitting = ending(ui, &path, room.width());
    paint::line(ui, room, &fitting, font::mono(), ink);
    let caret = pos2(rect.right() - 14.0, rect.center().y);
    paint::icon(ui.painter(), caret, icons::CARET_DOWN, 13.0, theme.secondary);
    Popup::menu(&response).gap(4.0).width(rect.width()).show(|ui| {
        ui.set_min_width(rect.width() - 14.0);
        recent(ui, state, commands);
    });
    response.on_hover_text(path);
}

/// The folder being opened, else the open one.
fn shown_path(state: &State) -> String {
    if let Some(JobKind::OpenData(folder)) = state.opening().map(|job| &job.kind) {
        return folder.display().to_string();
    }
    state.data.as_ref().map_or_else(|| "No folder chosen".to_owned(), |data| data.root.display().to_string())
}

/// The end of a path that fits, cut at its front between folders where possible.
fn ending(ui: &Ui, path: &str, width: f32) -> String {
    let fits = |text: &str| paint::width(ui, text, font::mono()) <= width;
    if fits(path) {
        return path.to_owned();
    }
    let cuts = path.char_indices().filter(|(_, letter)| matches!(letter, '/' | '\\')).map(|(at, _)| at);
    cuts.map(|at| format!("…{}", &path[at..])).find(|text| fits(text)).unwrap_or_else(|| {
        let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
        format!("…/{last}")
    })
}

fn recent(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let open_now = state.data.as_ref().filter(|data| !data.bundled).map(|data| data.root.clone());
    if state.recent_folders.is_empty() {
        menu_label(ui, "No folder was opened before");
    } else {
        menu_label(ui, "Opened before");
    }
    for folder in state.recent_folders.iter().take(12) {
        let (name, parent) = parts(folder);
        let selected = open_now.as_ref() == Some(folder);
        let item = menu_item(ui, &name, &parent, None, selected).on_hover_text(folder.display().to_string());
        if item.clicked() {
            open(DataSource::Folder(folder.clone()), DataOptions::default(), commands);
        }
    }
    if menu_item(ui, "Choose folder…", "Ctrl+O", None, false).clicked() {
        commands.push(UiCommand::PickDataFolder);
    }
}

/// A folder's own name, and where it lies, short enough for a menu.
fn parts(folder: &Path) -> (String, String) {
    let name =
        folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned());
    let parent: PathBuf = folder.parent().map(Path::to_path_buf).unwrap_or_default();
    let text = parent.display().to_string();
    let cut = text.char_indices().rev().nth(23).map_or(0, |(at, _)| at);
    (name, if cut > 0 { format!("…{}", &text[cut..]) } else { text })
}

/// Buttons, and what else can be done; below, the credit of the bundled images.
fn ways(ui: &mut Ui, rect: Rect, state: &State, commands: &mut Commands) {
    let theme = theme::of(ui);
    let row = Rect::from_min_size(rect.min, vec2(rect.width(), 28.0));
    let bundled = state.data.as_ref().is_some_and(|data| data.bundled);
    ui.scope_builder(UiBuilder::new().max_rect(row), |ui| {
        ui.horizontal(|ui| {
            let choose = ui.add(Button::primary("Choose folder…")).on_hover_text("Choose a folder of images (Ctrl+O)");
            if choose.clicked() {
                commands.push(UiCommand::PickDataFolder);
            }
            let sample = ui.add_enabled(!bundled, Button::secondary("Use bundled sample"));
            if sample.on_disabled_hover_text("The bundled sample is open").clicked() {
                open(DataSource::BundledSample, DataOptions::default(), commands);
            }
        });
    });
    let at = pos2(rect.left(), row.bottom() + 9.0);
    if bundled {
        let placed = paint::text(ui.painter(), at, Align2::LEFT_TOP, CREDIT, font::caption(), theme.secondary);
        let credit = ui.interact(placed, ui.scope_id().with("credit"), Sense::hover());
        credit.widget_info(|| WidgetInfo::labeled(Role::Label, true, CREDIT));
        credit.on_hover_text(CREDIT_LONG);
    } else {
        let hint = "or drop a folder anywhere on the window";
        paint::text(ui.painter(), at, Align2::LEFT_TOP, hint, font::caption(), theme.secondary);
    }
}
