//! The controls of the settings that no other screen has.

use egui::{Align2, CornerRadius, Role, Sense, StrokeKind, TextEdit, Ui, WidgetInfo, vec2};

use crate::ui::theme::{self, font, height, radius};
use crate::ui::widgets::{Dropdown, Segmented, menu_item, paint};

/// Width of a field.
pub const FIELD: f32 = 128.0;

pub fn group_ui(ui: &mut Ui, name: &str) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let at = rect.left_bottom() - vec2(0.0, 6.0);
    paint::text(ui.painter(), at, Align2::LEFT_BOTTOM, name, font::caption_strong(), theme.text);
}

/// One of a few, in a menu; true when another was chosen.
pub fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, choices: &[(T, &str)]) -> bool {
    let now = choices.iter().find(|(choice, _)| choice == value).map_or("–", |(_, label)| *label);
    let before = *value;
    Dropdown::new(name, now).width(FIELD).show(ui, |ui| {
        for (choice, label) in choices {
            if menu_item(ui, label, "", None, choice == value).clicked() {
                *value = *choice;
            }
        }
    });
    *value != before
}

pub fn on_off_ui(ui: &mut Ui, name: &str, value: &mut bool) {
    Segmented::new(name).option(true, "On").option(false, "Off").width(FIELD).show(ui, value);
}

/// A list of whole numbers, typed with commas; what cannot be read is put back.
pub fn channels_ui(ui: &mut Ui, channels: &mut Vec<u32>) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(FIELD, height::CONTROL), Sense::hover());
    let id = ui.scope_id().with("channels");
    let typed: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = typed.clone().unwrap_or_else(|| written(channels));
    let background = ui.painter().add(egui::Shape::Noop);
    let edit = TextEdit::singleline(&mut text)
        .id(id.with("edit"))
        .frame(egui::Frame::NONE)
        .font(font::body())
        .align(Align2::LEFT_CENTER);
    let response = ui.put(rect.shrink2(vec2(9.0, 0.0)), edit);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, ui.is_enabled(), "Channels");
        info.current_text_value = Some(text.clone());
        info
    });
    if response.has_focus() {
        if let Some(read) = read_channels(&text) {
            *channels = read;
        }
        ui.data_mut(|data| data.insert_temp(id, text));
    } else if typed.is_some() {
        ui.data_mut(|data| data.remove_temp::<String>(id));
    }
    let edge = if response.has_focus() { theme.focus_stroke() } else { theme.border_stroke() };
    let corner = CornerRadius::same(radius::CONTROL);
    ui.painter().set(background, egui::epaint::RectShape::new(rect, corner, theme.well, edge, StrokeKind::Inside));
}

fn written(channels: &[u32]) -> String {
    channels.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// "16, 32, 64" or "16 32 64".
fn read_channels(text: &str) -> Option<Vec<u32>> {
    let parts = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
    let channels: Vec<u32> = parts.map(str::parse).collect::<Result<_, _>>().ok()?;
    (!channels.is_empty()).then_some(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_read_as_people_write_them() {
        assert_eq!(read_channels("16, 32,64"), Some(vec![16, 32, 64]));
        assert_eq!(read_channels(" 8 16 "), Some(vec![8, 16]));
        assert_eq!(read_channels("16, x"), None);
        assert_eq!(read_channels(""), None);
        assert_eq!(written(&[16, 32]), "16, 32");
    }
}
