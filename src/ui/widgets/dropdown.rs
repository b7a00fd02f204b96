//! A button that opens a menu, with the chosen thing's name, dot or icon.

use egui::{
    Align2, Color32, CornerRadius, Popup, PopupCloseBehavior, RectAlign, Response, Role, Sense, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::ui::icons;
use crate::ui::theme::{self, font, height, radius};
use crate::ui::widgets::paint;

/// A menu that is higher scrolls.
const HIGHEST: f32 = 360.0;

/// A dropdown. `Dropdown::new("Model", "VAE").dot(color).show(ui, |ui| …)`.
#[must_use]
pub struct Dropdown<'a> {
    name: &'a str,
    text: &'a str,
    dot: Option<Color32>,
    icon: Option<&'a str>,
    swatch: Option<&'static [[u8; 3]; 256]>,
    width: Option<f32>,
    frameless: bool,
    strong: bool,
    stays_open: bool,
    opens_up: bool,
}

impl<'a> Dropdown<'a> {
    /// `name` is the accessible name; `text` the present choice.
    pub fn new(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            text,
            dot: None,
            icon: None,
            swatch: None,
            width: None,
            frameless: false,
            strong: false,
            stays_open: false,
            opens_up: false,
        }
    }

    pub fn dot(mut self, color: Color32) -> Self {
        self.dot = Some(color);
        self
    }

    pub fn icon(mut self, glyph: &'a str) -> Self {
        self.icon = Some(glyph);
        self
    }

    /// A colour map's strip before the text.
    pub fn swatch(mut self, lut: &'static [[u8; 3]; 256]) -> Self {
        self.swatch = Some(lut);
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Without fill and edge, for headers of panes.
    pub fn frameless(mut self) -> Self {
        self.frameless = true;
        self
    }

    /// In semibold.
    pub fn strong(mut self) -> Self {
        self.strong = true;
        self
    }

    /// The menu stays open when something in it is clicked (for check boxes).
    pub fn stays_open(mut self) -> Self {
        self.stays_open = true;
        self
    }

    /// The menu opens above the button, for buttons low on the screen; below it where there is no room.
    pub fn opens_up(mut self) -> Self {
        self.opens_up = true;
        self
    }

    /// Draws the button and, while open, the menu.
    pub fn show(self, ui: &mut Ui, menu: impl FnOnce(&mut Ui)) -> Response {
        let theme = theme::of(ui);
        let font = if self.strong { font::body_strong() } else { font::body() };
        let padding = if self.frameless { 0.0 } else { 10.0 };
        let lead = if self.dot.is_some() { 16.0 } else { 0.0 }
            + if self.icon.is_some() { 21.0 } else { 0.0 }
            + if self.swatch.is_some() { 48.0 } else { 0.0 };
        let caret = 20.0;
        let width =
            self.width.unwrap_or_else(|| 2.0 * padding + lead + paint::width(ui, self.text, font.clone()) + caret);
        let (rect, response) = ui.allocate_exact_size(vec2(width, height::CONTROL), Sense::click());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), self.name);
            info.current_text_value = Some(self.text.to_owned());
            info
        });
        let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
        if !self.frameless {
            let fill = if response.hovered() { theme::mix(theme.raised, theme.text, 0.06) } else { theme.raised };
            let edge = if open { egui::Stroke::new(1.0, theme.accent) } else { theme.border_stroke() };
            ui.painter().rect(rect, CornerRadius::same(radius::CONTROL), fill, edge, StrokeKind::Inside);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(
                rect,
                CornerRadius::same(radius::CONTROL),
                theme.focus_stroke(),
                StrokeKind::Outside,
            );
        }
        let mut x = rect.left() + padding;
        let middle = rect.center().y;
        if let Some(color) = self.dot {
            ui.painter().circle_filled(pos2(x + 4.0, middle), 4.0, color);
            x += 16.0;
        }
        if let Some(glyph) = self.icon {
            paint::icon(ui.painter(), pos2(x + 7.5, middle), glyph, 15.0, theme.text);
            x += 21.0;
        }
        if let Some(lut) = self.swatch {
            let strip = egui::Rect::from_min_size(pos2(x, middle - 5.0), vec2(40.0, 10.0));
            paint_strip(ui, strip, lut);
            x += 48.0;
        }
        let room = egui::Rect::from_min_max(pos2(x, rect.top()), pos2(rect.right() - padding - 16.0, rect.bottom()));
        let cut = paint::width(ui, self.text, font.clone()) > room.width() + 0.5;
        paint::line(ui, room, self.text, font, theme.text);
        let at = pos2(rect.right() - padding, middle);
        ui.painter().text(at, Align2::RIGHT_CENTER, icons::CARET_DOWN, icons::regular(12.0), theme.secondary);
        let behavior =
            if self.stays_open { PopupCloseBehavior::CloseOnClickOutside } else { PopupCloseBehavior::CloseOnClick };
        let align = if self.opens_up { RectAlign::TOP_START } else { RectAlign::BOTTOM_START };
        Popup::menu(&response).align(align).close_behavior(behavior).gap(4.0).width(rect.width().max(120.0)).show(
            |ui| {
                ui.set_min_width(rect.width().max(120.0) - 14.0);
                let mut area = egui::ScrollArea::vertical().max_height(HIGHEST);
                if self.stays_open {
                    // Its content may grow while it is open; without this it would scroll in the height that it began with.
                    let half = ui.ctx().content_rect().height() / 2.0;
                    area = area.min_scrolled_height(HIGHEST.min(half));
                }
                area.show(ui, menu);
            },
        );
        if cut { response.on_hover_text(self.text) } else { response }
    }
}

/// Paints a colour map from low (left) to high (right).
fn paint_strip(ui: &Ui, rect: egui::Rect, lut: &[[u8; 3]; 256]) {
    let mut mesh = egui::Mesh::default();
    let steps = 20u8;
    for step in 0..=steps {
        let share = f32::from(step) / f32::from(steps);
        let [r, g, b] = lut[(share * 255.0) as usize];
        let x = rect.left() + share * rect.width();
        mesh.colored_vertex(pos2(x, rect.top()), Color32::from_rgb(r, g, b));
        mesh.colored_vertex(pos2(x, rect.bottom()), Color32::from_rgb(r, g, b));
        if step > 0 {
            let at = 2 * u32::from(step);
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    ui.painter().add(mesh);
}

/// No line of a menu is wider.
const WIDEST: f32 = 480.0;

/// Room before a line's name.
fn lead(dot: Option<Color32>) -> f32 {
    20.0 + if dot.is_some() { 16.0 } else { 0.0 }
}

/// Room that a line's caption takes up.
fn beside(ui: &Ui, caption: &str) -> f32 {
    if caption.is_empty() { 0.0 } else { paint::width(ui, caption, font::caption()) + 16.0 }
}

/// A line of a menu: check mark when chosen, dot, name, and a caption at the right. The menu grows with its longest line, up
/// to a width; a name that is too long is cut.
pub fn menu_item(ui: &mut Ui, label: &str, caption: &str, dot: Option<Color32>, selected: bool) -> Response {
    let natural = lead(dot) + paint::width(ui, label, font::body()) + 12.0 + beside(ui, caption);
    let width = natural.max(ui.available_width()).min(WIDEST);
    menu_item_of_width(ui, width, label, caption, dot, selected)
}

/// The same in a menu that has a width.
pub fn menu_item_of_width(
    ui: &mut Ui,
    width: f32,
    label: &str,
    caption: &str,
    dot: Option<Color32>,
    selected: bool,
) -> Response {
    let theme = theme::of(ui);
    let (lead, beside) = (lead(dot), 8.0 + beside(ui, caption));
    let (rect, response) = ui.allocate_exact_size(vec2(width, height::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, ui.is_enabled(), selected, label));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(radius::SEGMENT), theme.raised);
    }
    let middle = rect.center().y;
    if selected {
        paint::icon(ui.painter(), pos2(rect.left() + 10.0, middle), icons::CHECK, 13.0, theme.accent);
    }
    if let Some(color) = dot {
        ui.painter().circle_filled(pos2(rect.left() + 26.0, middle), 4.0, color);
    }
    let room = egui::Rect::from_min_max(rect.min + vec2(lead, 0.0), rect.max - vec2(beside, 0.0));
    paint::line(ui, room, label, font::body(), theme.text);
    let at = pos2(rect.right() - 8.0, middle);
    paint::text(ui.painter(), at, Align2::RIGHT_CENTER, caption, font::caption(), theme.secondary);
    response
}

/// A caption between the lines of a menu.
pub fn menu_label(ui: &mut Ui, text: &str) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    let at = rect.left_center() + vec2(8.0, 1.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, text, font::caption(), theme.secondary);
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;

    #[test]
    fn opens_and_chooses() {
        let mut chosen = None;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                Dropdown::new("Colour map", "Inferno").show(ui, |ui| {
                    menu_label(ui, "Perceptual");
                    for name in ["Inferno", "Viridis"] {
                        if menu_item(ui, name, "", None, name == "Inferno").clicked() {
                            chosen = Some(name);
                        }
                    }
                });
            });
            harness.run();
            assert!(harness.query_by_role_and_label(Role::MenuItem, "Viridis").is_none(), "closed at first");
            harness.get_by_role_and_label(Role::ComboBox, "Colour map").click();
            harness.run();
            harness.get_by_role_and_label(Role::MenuItem, "Viridis").click();
            harness.run();
            assert!(harness.query_by_role_and_label(Role::MenuItem, "Viridis").is_none(), "closed after the choice");
        }
        assert_eq!(chosen, Some("Viridis"));
    }

    #[test]
    fn one_escape_closes_it_whatever_is_hovered() {
        let mut harness = crate::ui::widgets::harness(|ui| {
            Dropdown::new("Colour map", "Inferno").stays_open().show(ui, |ui| {
                for name in ["Inferno", "Viridis"] {
                    menu_item(ui, name, "", None, false).on_hover_text("Perceptually uniform.");
                }
            });
        });
        harness.run();
        harness.get_by_role_and_label(Role::ComboBox, "Colour map").click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, "Viridis").hover();
        harness.run_steps(60);
        harness.get_by_label("Perceptually uniform.");
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
        assert!(harness.query_by_role_and_label(Role::MenuItem, "Viridis").is_none());
    }
}
