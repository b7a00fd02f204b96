//! The rail at the left: the screens, and at its foot keys and settings.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{Frame, paint_logo};
use crate::ui::command::{Commands, Screen, UiCommand};
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::paint;

/// Height of a screen's item.
const ITEM: f32 = 54.0;
/// Where the first item begins.
const TOP: f32 = 48.0;
/// Height of an item at the foot.
const FOOT_ITEM: f32 = 44.0;
const ICON: f32 = 22.0;
/// The glyphs lie a little left in their boxes.
const OPTICAL: f32 = 1.0;

pub(super) fn ui(ui: &mut Ui, frame: &Frame<'_>, commands: &mut Commands) {
    let theme = theme::of(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.surface);
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), theme.hairline_stroke());
    let middle = rect.center().x;
    let mark = Rect::from_center_size(pos2(middle, rect.top() + 20.0), vec2(26.0, 26.0));
    paint_logo(ui.painter(), mark, theme.accent, theme.text);
    for (index, screen) in Screen::ALL.into_iter().enumerate() {
        let top = rect.top() + TOP + ITEM * index as f32;
        let place = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ITEM));
        item(ui, place, screen, frame.screen == screen, commands);
    }
    let foot = |from_bottom: f32| {
        let top = rect.bottom() - 6.0 - FOOT_ITEM * from_bottom;
        Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), FOOT_ITEM))
    };
    if foot_item(ui, foot(2.0), icons::QUESTION, "Keys", "?", frame.keys_open) {
        commands.push(UiCommand::ShowKeys(!frame.keys_open));
    }
    if foot_item(ui, foot(1.0), icons::GEAR_SIX, "Settings", "", frame.settings_open) {
        commands.push(UiCommand::ShowSettings(!frame.settings_open));
    }
}

fn glyph(screen: Screen) -> &'static str {
    match screen {
        Screen::Data => icons::FOLDER_OPEN,
        Screen::Train => icons::CHART_LINE_DOWN,
        Screen::Compare => icons::COLUMNS,
        Screen::Benchmark => icons::RANKING,
        Screen::Explore => icons::CUBE_FOCUS,
    }
}

fn item(ui: &mut Ui, rect: Rect, screen: Screen, active: bool, commands: &mut Commands) {
    let theme = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(screen.name()), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, screen.name()));
    let hovered = response.hovered();
    if response.has_focus() {
        ui.painter().rect_stroke(
            rect.shrink(3.0),
            CornerRadius::same(theme::radius::CONTROL),
            theme.focus_stroke(),
            egui::StrokeKind::Inside,
        );
    }
    if active {
        let bar = Rect::from_center_size(pos2(rect.left() + 1.5, rect.center().y), vec2(3.0, 32.0));
        ui.painter().rect_filled(bar, CornerRadius { ne: 2, se: 2, ..CornerRadius::ZERO }, theme.accent);
    }
    let at = pos2(rect.center().x + OPTICAL, rect.top() + 19.0);
    let label_at = pos2(rect.center().x, rect.top() + 39.0);
    let (ink, label_ink) = match (active, hovered) {
        (true, _) => (theme.accent, theme.text),
        (false, true) => (theme.text, theme.text),
        (false, false) => (theme.secondary, theme.secondary),
    };
    if active {
        paint::filled_icon(ui.painter(), at, glyph(screen), ICON, ink);
    } else {
        paint::icon(ui.painter(), at, glyph(screen), ICON, ink);
    }
    paint::text(ui.painter(), label_at, Align2::CENTER_CENTER, screen.name(), font::caption(), label_ink);
    if response.on_hover_text(format!("{} ({})", screen.name(), screen.digit())).clicked() {
        commands.push(UiCommand::Go(screen));
    }
}

fn foot_item(ui: &mut Ui, rect: Rect, glyph: &str, name: &str, key: &str, open: bool) -> bool {
    let theme = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, name));
    if response.has_focus() {
        let place = Rect::from_center_size(rect.center(), vec2(36.0, 36.0));
        let corner = CornerRadius::same(theme::radius::CONTROL);
        ui.painter().rect_stroke(place, corner, theme.focus_stroke(), egui::StrokeKind::Inside);
    }
    let ink = if open {
        theme.accent
    } else if response.hovered() {
        theme.text
    } else {
        theme.secondary
    };
    let at = rect.center() + vec2(OPTICAL, 0.0);
    if open {
        paint::filled_icon(ui.painter(), at, glyph, ICON, ink);
    } else {
        paint::icon(ui.painter(), at, glyph, ICON, ink);
    }
    let hint = if key.is_empty() { name.to_owned() } else { format!("{name} ({key})") };
    response.on_hover_text(hint).clicked()
}
