//! The row of controls over the panes.

use egui::scroll_area::ScrollBarVisibility;
use egui::{Align, Layout, Rect, ScrollArea, Ui, UiBuilder, vec2};

use super::display::{Display, LEAST_MARKED, Show};
use crate::imaging::colormap::ColorMap;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Button, Dropdown, IconButton, Segmented, Slider, menu_item, menu_label, paint};

pub const HEIGHT: f32 = 44.0;
/// The highest threshold of marked places: three times what is rare among healthy pixels.
const MOST_MARKED: f32 = 3.0;

/// What was asked for that is more than a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolbarAction {
    AddModel,
    Export,
    /// Zoom, place, window and level back to the whole.
    Reset,
    /// The link was switched.
    Link,
    /// Begin or end painting lesions.
    Lesion,
}

/// Draws the controls. Those that do not apply are dimmed. `no_lungs` says why the lungs cannot be outlined.
pub fn show(
    ui: &mut Ui,
    rect: Rect,
    display: &mut Display,
    paints: bool,
    can_reset: bool,
    no_lungs: Option<&str>,
) -> Option<ToolbarAction> {
    let theme = theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline_stroke());
    let inner = rect.shrink2(vec2(theme::space::SCREEN, 0.0));
    let mut action = None;
    let right = Layout::right_to_left(Align::Center);
    let actions = ui.scope_builder(UiBuilder::new().max_rect(inner).layout(right), |ui| {
        let export = Button::secondary("Export").icon(icons::EXPORT);
        if ui.add(export).on_hover_text("Save a picture of the panes (Ctrl+E)").clicked() {
            action = Some(ToolbarAction::Export);
        }
        let add = Button::secondary("Model").icon(icons::PLUS).name("Add a pane");
        if ui.add(add).on_hover_text("Add a pane").clicked() {
            action = Some(ToolbarAction::AddModel);
        }
    });
    let left_part = inner.with_max_x(actions.response.rect.left() - theme::space::S);
    let left = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(left_part).layout(left), |ui| {
        // In a narrow window the row scrolls.
        let area = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
        area.id_salt("toolbar").show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            picture_controls(ui, display);
            separator(ui);
            gray_controls(ui, display);
            separator(ui);
            ui.spacing_mut().item_spacing.x = 4.0;
            action = view_controls(ui, display, paints, can_reset, no_lungs).or(action);
        });
    });
    action
}

pub(super) fn separator(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(1.0, 20.0), egui::Sense::hover());
    ui.painter().vline(rect.center().x, rect.y_range(), theme::of(ui).border_stroke());
}

/// What is shown, and the map's colours.
fn picture_controls(ui: &mut Ui, display: &mut Display) {
    let mut show = display.show;
    let mut segments = Segmented::new("Show");
    for option in Show::ALL {
        segments = segments.option(option, option.name());
        if option == Show::Overlay {
            segments = segments.tooltip("The map over the input (G)");
        }
    }
    if segments.show(ui, &mut show).changed() {
        display.set_show(show);
    }
    separator(ui);
    ui.add_enabled_ui(display.show.has_map(), |ui| color_map_menu(ui, display));
    ui.add_enabled_ui(display.show == Show::Overlay, |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        overlay_controls(ui, display);
    });
}

/// How opaque the overlay is, and from which value on places are marked. With both there is no room for all words.
fn overlay_controls(ui: &mut Ui, display: &mut Display) {
    let (marks, ink) = (display.marks_from().is_some(), theme::of(ui).secondary);
    if !marks {
        label(ui, "Opacity", paint::width(ui, "Opacity", font::caption()), ink);
    }
    let opacity = Slider::new("Opacity of the map", &mut display.opacity, 0.0..=1.0).step(0.05).width(40.0);
    ui.add(opacity).on_hover_text("Opacity");
    if marks {
        let slider = Slider::new("Marked from", &mut display.marked_from, LEAST_MARKED..=MOST_MARKED).step(0.05);
        ui.add(slider.width(52.0)).on_hover_text("From which value of the map on a place is marked");
        let value = format!("≥\u{2009}{:.2}", display.marked_from);
        label(ui, &value, paint::width(ui, "≥\u{2009}0.00", font::caption()), ink);
    } else {
        let percent = format!("{:.0}\u{2009}%", display.opacity * 100.0);
        label(ui, &percent, paint::width(ui, "100\u{2009}%", font::body()), ink);
    }
}

/// Words in a place that stays as wide.
pub(super) fn label(ui: &mut Ui, text: &str, width: f32, ink: egui::Color32) {
    let font = if text.ends_with('%') { font::body() } else { font::caption() };
    let (rect, _) = ui.allocate_exact_size(vec2(width, 20.0), egui::Sense::hover());
    paint::text(ui.painter(), rect.left_center(), egui::Align2::LEFT_CENTER, text, font, ink);
}

fn color_map_menu(ui: &mut Ui, display: &mut Display) {
    let map = display.color_map;
    let menu = Dropdown::new("Colour map", map.name()).swatch(map.lut()).width(144.0);
    let response = menu.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for option in ColorMap::ALL {
            let caption = if option == ColorMap::Diverging { "signed" } else { "" };
            if menu_item(ui, option.name(), caption, None, option == map).clicked() {
                display.color_map = option;
            }
        }
        menu_label(ui, "Overlay");
        let marked = menu_item(ui, "Marked places only", "", None, display.marks_from().is_some());
        let hint =
            "Shows only where the map reaches a value, 1 to begin with: 99.9\u{2009}% of healthy pixels lie below.";
        if marked.on_hover_text(hint).clicked() {
            display.toggle_marked();
        }
        menu_label(ui, "Pixels");
        if menu_item(ui, "Smooth", "", None, display.smooth).clicked() {
            display.smooth = !display.smooth;
        }
    });
    response.on_hover_text("Colours of the maps, marked places alone, and smoothing between pixels");
}

/// How grey values are displayed.
fn gray_controls(ui: &mut Ui, display: &mut Display) {
    let invert = IconButton::new(icons::CIRCLE_HALF, "Invert grey values").key("I").selected(display.invert);
    if ui.add(invert).clicked() {
        display.invert = !display.invert;
    }
    let label = display.window.label();
    let window = Button::secondary(&label).name("Window and level").selected(display.adjust_window);
    let hint =
        "Drag on an image to change window and level; the display only (W). Double-click: back to the full range";
    let response = ui.add(window).on_hover_text(hint);
    if response.double_clicked() {
        display.window = super::window_level::WindowLevel::default();
    }
    if response.clicked() {
        display.adjust_window = !display.adjust_window;
    }
}

/// How panes are looked at.
fn view_controls(
    ui: &mut Ui,
    display: &mut Display,
    paints: bool,
    can_reset: bool,
    no_lungs: Option<&str>,
) -> Option<ToolbarAction> {
    let mut action = None;
    let link = IconButton::new(icons::LINK_SIMPLE, "Link zoom, place and crosshair of all panes");
    if ui.add(link.key("L").selected(display.linked)).clicked() {
        display.linked = !display.linked;
        action = Some(ToolbarAction::Link);
    }
    let crosshair = IconButton::new(icons::CROSSHAIR, "Crosshair with values").key("H");
    if ui.add(crosshair.selected(display.crosshair)).clicked() {
        display.crosshair = !display.crosshair;
    }
    let lungs = IconButton::new(icons::SELECTION, "Outline of the lungs").key("O");
    let response = ui.add_enabled(no_lungs.is_none(), lungs.selected(display.lungs && no_lungs.is_none()));
    if response.clicked() {
        display.lungs = !display.lungs;
    }
    if let Some(reason) = no_lungs {
        response.on_disabled_hover_text(reason);
    }
    let compares = display.show.compares_with_input();
    let swipe = IconButton::new(icons::ARROWS_OUT_LINE_HORIZONTAL, "Swipe between input and model");
    if ui.add_enabled(compares, swipe.selected(display.swipe && compares)).clicked() {
        display.set_swipe(!display.swipe);
    }
    let blink = IconButton::new(icons::SWAP, "Blink between input and model").key("B");
    if ui.add_enabled(compares, blink.selected(display.blink && compares)).clicked() {
        display.set_blink(!display.blink);
    }
    let lesion = IconButton::new(icons::CIRCLE_DASHED, "Paint a synthetic lesion").key("P").selected(paints);
    if ui.add(lesion).clicked() {
        action = Some(ToolbarAction::Lesion);
    }
    let reset = IconButton::new(icons::ARROW_COUNTER_CLOCKWISE, "Reset zoom, place, window and level").key("R");
    if ui.add_enabled(can_reset, reset).clicked() {
        action = Some(ToolbarAction::Reset);
    }
    action
}
