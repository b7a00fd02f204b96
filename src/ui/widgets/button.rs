//! Buttons: primary (40 high), secondary (28), compact (24), icon (28 × 28), link.

use egui::{Align2, Color32, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, Widget, WidgetInfo};

use crate::ui::icons;
use crate::ui::theme::{self, Theme, font, height, radius};
use crate::ui::widgets::paint;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Filled with the accent.
    Primary,
    Secondary,
}

/// A button with words. `Button::primary("Start").large()`.
#[must_use]
pub struct Button<'a> {
    label: &'a str,
    name: Option<&'a str>,
    icon: Option<(&'a str, bool)>,
    trailing: Option<&'a str>,
    kind: Kind,
    height: f32,
    width: Option<f32>,
    selected: bool,
}

impl<'a> Button<'a> {
    /// The one thing to do on a screen.
    pub fn primary(label: &'a str) -> Self {
        Self::new(label, Kind::Primary)
    }

    /// Everything else.
    pub fn secondary(label: &'a str) -> Self {
        Self::new(label, Kind::Secondary)
    }

    fn new(label: &'a str, kind: Kind) -> Self {
        Self {
            label,
            name: None,
            icon: None,
            trailing: None,
            kind,
            height: height::CONTROL,
            width: None,
            selected: false,
        }
    }

    /// 40 high, larger type.
    pub fn large(mut self) -> Self {
        self.height = height::PRIMARY;
        self
    }

    /// 24 high, for rows of tables.
    pub fn compact(mut self) -> Self {
        self.height = height::COMPACT;
        self
    }

    /// An outlined icon before the words.
    pub fn icon(mut self, glyph: &'a str) -> Self {
        self.icon = Some((glyph, false));
        self
    }

    /// A filled icon before the words.
    pub fn filled_icon(mut self, glyph: &'a str) -> Self {
        self.icon = Some((glyph, true));
        self
    }

    /// An icon after the words, such as the caret of a menu.
    pub fn trailing_icon(mut self, glyph: &'a str) -> Self {
        self.trailing = Some(glyph);
        self
    }

    /// Exactly so wide; else as wide as its content.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// A toggle that is on.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// The accessible name, where it says more than the words.
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// The width it takes by itself.
    pub fn natural_width(&self, ui: &Ui) -> f32 {
        let (icon, gap) = (self.icon_size(), 6.0);
        let mut width = 2.0 * self.padding() + paint::width(ui, self.label, self.font());
        if self.icon.is_some() {
            width += icon + gap;
        }
        if self.trailing.is_some() {
            width += icon + gap;
        }
        width
    }

    fn padding(&self) -> f32 {
        if self.height >= height::PRIMARY { 14.0 } else { 11.0 }
    }

    fn icon_size(&self) -> f32 {
        if self.height >= height::PRIMARY { 18.0 } else { 15.0 }
    }

    fn font(&self) -> egui::FontId {
        if self.height >= height::PRIMARY {
            font::sized(14.0, true)
        } else if self.kind == Kind::Primary {
            font::body_strong()
        } else {
            font::body()
        }
    }
}

/// Fill, edge and ink of a button in its present state.
fn colors(theme: &Theme, kind: Kind, selected: bool, response: &Response) -> (Color32, Stroke, Color32) {
    let hovered = response.hovered() || response.is_pointer_button_down_on();
    match kind {
        Kind::Primary => {
            let fill = if hovered { theme.accent_hover } else { theme.accent };
            (fill, Stroke::NONE, theme.on_accent)
        }
        Kind::Secondary => {
            let lift = if response.is_pointer_button_down_on() {
                0.12
            } else if hovered {
                0.06
            } else {
                0.0
            };
            let fill = theme::mix(theme.raised, theme.text, lift);
            let edge = if selected { theme.accent } else { theme.border };
            let ink = if selected { theme.accent } else { theme.text };
            (fill, Stroke::new(1.0, edge), ink)
        }
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let width = self.width.unwrap_or_else(|| self.natural_width(ui));
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, self.height), Sense::click());
        let name = self.name.unwrap_or(self.label);
        response.widget_info(|| {
            if self.selected {
                WidgetInfo::selected(Role::Button, ui.is_enabled(), true, name)
            } else {
                WidgetInfo::labeled(Role::Button, ui.is_enabled(), name)
            }
        });
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let theme = theme::of(ui);
        let (fill, edge, ink) = colors(theme, self.kind, self.selected, &response);
        let corner = CornerRadius::same(radius::CONTROL);
        ui.painter().rect(rect, corner, fill, edge, StrokeKind::Inside);
        if response.has_focus() {
            ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), StrokeKind::Outside);
        }
        let icon_size = self.icon_size();
        let extra = f32::from(u8::from(self.icon.is_some()) + u8::from(self.trailing.is_some())) * (icon_size + 6.0);
        let room = rect.width() - 2.0 * self.padding().min(8.0) - extra;
        let galley = paint::elided(ui, self.label, self.font(), ink, room);
        let total = galley.size().x + extra;
        let mut x = rect.center().x - total / 2.0;
        if let Some((glyph, filled)) = self.icon {
            let font = if filled { icons::filled(icon_size) } else { icons::regular(icon_size) };
            ui.painter().text(egui::pos2(x, rect.center().y), Align2::LEFT_CENTER, glyph, font, ink);
            x += icon_size + 6.0;
        }
        let pos = egui::pos2(x, rect.center().y - galley.size().y / 2.0);
        x += galley.size().x + 6.0;
        ui.painter().galley(pos, galley, ink);
        if let Some(glyph) = self.trailing {
            let ink = theme.secondary;
            ui.painter().text(
                egui::pos2(x, rect.center().y),
                Align2::LEFT_CENTER,
                glyph,
                icons::regular(icon_size - 2.0),
                ink,
            );
        }
        response
    }
}

/// A square button with an icon, 28 × 28 unless sized; its name is its tooltip.
#[must_use]
pub struct IconButton<'a> {
    glyph: &'a str,
    name: &'a str,
    key: &'a str,
    side: f32,
    selected: bool,
    framed: bool,
    filled: bool,
}

impl<'a> IconButton<'a> {
    /// `name` is read by screen readers and shown on hover.
    pub fn new(glyph: &'a str, name: &'a str) -> Self {
        Self { glyph, name, key: "", side: height::CONTROL, selected: false, framed: false, filled: false }
    }

    /// The key that does the same, for the tooltip.
    pub fn key(mut self, key: &'a str) -> Self {
        self.key = key;
        self
    }

    pub fn side(mut self, side: f32) -> Self {
        self.side = side;
        self
    }

    /// A toggle that is on.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// With the fill and edge of a secondary button.
    pub fn framed(mut self) -> Self {
        self.framed = true;
        self
    }

    /// The filled weight of the icon.
    pub fn filled(mut self) -> Self {
        self.filled = true;
        self
    }
}

impl Widget for IconButton<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(self.side), Sense::click());
        response.widget_info(|| {
            if self.selected {
                WidgetInfo::selected(Role::Button, ui.is_enabled(), true, self.name)
            } else {
                WidgetInfo::labeled(Role::Button, ui.is_enabled(), self.name)
            }
        });
        if ui.is_rect_visible(rect) {
            let theme = theme::of(ui);
            let corner = CornerRadius::same(radius::CONTROL);
            if self.framed || self.selected {
                let (fill, edge, _) = colors(theme, Kind::Secondary, self.selected, &response);
                ui.painter().rect(rect, corner, fill, edge, StrokeKind::Inside);
            } else if response.hovered() {
                ui.painter().rect_filled(rect, corner, theme.raised);
            }
            if response.has_focus() {
                ui.painter().rect_stroke(rect, corner, theme.focus_stroke(), StrokeKind::Outside);
            }
            let ink = match (self.selected, self.framed || response.hovered()) {
                (true, _) => theme.accent,
                (false, true) => theme.text,
                (false, false) => theme.secondary,
            };
            let size = (self.side * 0.6).round().min(18.0);
            if self.filled {
                paint::filled_icon(ui.painter(), rect.center(), self.glyph, size, ink);
            } else {
                paint::icon(ui.painter(), rect.center(), self.glyph, size, ink);
            }
        }
        if self.key.is_empty() {
            response.on_hover_text(self.name)
        } else {
            response.on_hover_text(format!("{} ({})", self.name, self.key))
        }
    }
}

/// Words in the accent colour that act when clicked. `name` is what a screen reader says, e.g. "Show exact duplicates".
pub fn link(ui: &mut Ui, label: &str, name: &str) -> Response {
    let theme = theme::of(ui);
    let width = paint::width(ui, label, font::body_strong());
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, ui.is_enabled(), name));
    let ink = if response.hovered() { theme.accent_hover } else { theme.accent };
    paint::text(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, label, font::body_strong(), ink);
    if response.has_focus() {
        let corner = CornerRadius::same(radius::SEGMENT);
        ui.painter().rect_stroke(rect.expand(2.0), corner, theme.focus_stroke(), StrokeKind::Outside);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn buttons_are_found_by_role_and_name_and_clicked() {
        let mut clicks = [0; 3];
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                for (index, clicked) in [
                    ui.add(Button::primary("Start").large().filled_icon(icons::PLAY)).clicked(),
                    ui.add(IconButton::new(icons::SHUFFLE, "Random case").key("Right")).clicked(),
                    link(ui, "Show", "Show exact duplicates").clicked(),
                ]
                .into_iter()
                .enumerate()
                {
                    clicks[index] += i32::from(clicked);
                }
            });
            harness.run();
            harness.get_by_role_and_label(Role::Button, "Start").click();
            harness.run();
            harness.get_by_role_and_label(Role::Button, "Random case").click();
            harness.run();
            harness.get_by_role_and_label(Role::Link, "Show exact duplicates").click();
            harness.run();
        }
        assert_eq!(clicks, [1, 1, 1]);
    }

    #[test]
    fn a_disabled_button_does_not_answer() {
        let mut clicked = false;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                ui.add_enabled_ui(false, |ui| clicked |= ui.add(Button::secondary("Stop")).clicked());
            });
            harness.run();
            harness.get_by_label("Stop").click();
            harness.run();
        }
        assert!(!clicked);
    }
}
