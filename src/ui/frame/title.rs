//! The title bar: which screen, which data, which device.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::Frame;
use crate::domain::{DataSetSummary, Label, Split, thousands};
use crate::ui::icons;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::paint;

pub(super) fn ui(ui: &mut Ui, frame: &Frame<'_>) {
    let theme = theme::of(ui);
    let rect = ui.max_rect();
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline_stroke());
    let middle = rect.center().y;
    let title = paint::text(
        ui.painter(),
        pos2(rect.left() + space::SCREEN, middle),
        Align2::LEFT_CENTER,
        frame.screen.name(),
        font::title(),
        theme.text,
    );
    let heading = ui.interact(title, ui.scope_id().with("title"), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, frame.screen.name()));

    let room = Rect::from_min_max(pos2(title.right() + space::XL, rect.top()), rect.max);
    let left = device(ui, room, frame);
    let room = Rect::from_min_max(room.min, pos2(left, rect.bottom()));
    data(ui, room, frame);
}

/// The device at the right edge; returns where it begins.
fn device(ui: &mut Ui, room: Rect, frame: &Frame<'_>) -> f32 {
    let theme = theme::of(ui);
    let right = room.right() - space::SCREEN;
    let Some(machine) = &frame.state.machine else { return right };
    let most = (room.width() * 0.4).min(320.0);
    let galley = paint::elided(ui, &machine.device_name, font::body(), theme.secondary, most);
    let text = Align2::RIGHT_CENTER.anchor_size(pos2(right, room.center().y), galley.size());
    ui.painter().galley(text.min, galley, theme.secondary);
    let icon = if machine.cuda { icons::GRAPHICS_CARD } else { icons::CPU };
    let icon_at = pos2(text.left() - 14.0, room.center().y);
    paint::icon(ui.painter(), icon_at, icon, 16.0, theme.secondary);
    let line = (text.left() - 36.0).round() + 0.5;
    ui.painter().vline(line, (room.center().y - 7.0)..=(room.center().y + 7.0), theme.border_stroke());
    let whole = Rect::from_min_max(pos2(icon_at.x - 8.0, text.top()), text.max);
    let label = ui.interact(whole, ui.scope_id().with("device"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &machine.device_name));
    let cuda = machine.cuda_reason.as_ref().map_or(String::new(), |reason| format!("\n{reason}"));
    label.on_hover_text(format!(
        "{}, libtorch {}, {} threads{cuda}",
        machine.device_name, machine.libtorch, machine.threads
    ));
    line - 14.0
}

/// What is open, right-aligned before the device.
fn data(ui: &mut Ui, room: Rect, frame: &Frame<'_>) {
    let theme = theme::of(ui);
    let (text, hover) = match &frame.state.data {
        Some(data) => (summary(data), data.root.display().to_string()),
        None if frame.state.opening().is_some() => ("Opening…".to_owned(), String::new()),
        None => ("No data set is open".to_owned(), String::new()),
    };
    let galley = paint::elided(ui, &text, font::body(), theme.secondary, room.width());
    let place = Align2::RIGHT_CENTER.anchor_size(room.right_center(), galley.size());
    ui.painter().galley(place.min, galley, theme.secondary);
    let label = ui.interact(place, ui.scope_id().with("data"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    if !hover.is_empty() {
        label.on_hover_text(hover);
    }
}

/// "`chest_xray` · 1,341 healthy train · 624 test"; a long name gives way first.
fn summary(data: &DataSetSummary) -> String {
    let (mut train, mut test) = (0, 0);
    for sample in &data.samples {
        match (sample.split, sample.label) {
            (Split::Train | Split::Validation, Some(Label::Healthy)) => train += 1,
            (Split::Test, _) => test += 1,
            _ => {}
        }
    }
    let mut name: String = data.name.chars().take(32).collect();
    if name.len() < data.name.len() {
        name.push('…');
    }
    let mut parts = vec![name];
    if train > 0 {
        parts.push(format!("{} healthy train", thousands(train)));
    }
    if test > 0 {
        parts.push(format!("{} test", thousands(test)));
    }
    if parts.len() == 1 {
        parts.push(format!("{} images", thousands(data.samples.len())));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Sample;
    use crate::ui::state::examples;

    #[test]
    fn the_summary_names_what_there_is() {
        assert_eq!(summary(&examples::data()), "chest_xray · 20 healthy train · 20 test");
        let flat = |sample: &Sample| Sample { split: Split::Unlabelled, label: None, ..sample.clone() };
        let mut data = (*examples::data()).clone();
        data.samples = data.samples.iter().map(flat).collect();
        assert_eq!(summary(&data), "chest_xray · 50 images");
    }
}
