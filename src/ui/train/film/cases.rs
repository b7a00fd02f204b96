//! A pinned case: as a thumbnail, and as the network sees it.

use egui::{
    Align2, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::rows::Row;
use crate::domain::{CaseRef, SampleId, Split};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::state::State;
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Cell, ImageView, paint, paint_class_mark, paint_thumbnail};

pub fn sample_of(case: Option<&CaseRef>) -> Option<SampleId> {
    match case {
        Some(CaseRef::Sample(id)) => Some(*id),
        Some(CaseRef::File(_) | CaseRef::Painted(_)) | None => None,
    }
}

pub fn thumbnail(ui: &Ui, id: SampleId, state: &State) -> Option<(egui::TextureId, f32)> {
    let image = state.thumbnails.get(&id)?;
    let aspect = image.width as f32 / image.height.max(1) as f32;
    Some((textures::texture(ui.ctx(), &Source::Gray(image.clone()), &Render::gray()), aspect))
}

pub fn thumbnail_ui(ui: &mut Ui, row: &Row, action: &str, selected: bool, state: &State) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::click());
    let name = format!("{action} {}", row.name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    let theme = theme::of(ui);
    let texture = sample_of(row.case.as_ref()).and_then(|id| thumbnail(ui, id, state)).or_else(|| {
        let seen = Source::Plane(row.previews.first()?.input.clone());
        Some((textures::texture(ui.ctx(), &seen, &Render::gray()), 1.0))
    });
    paint_thumbnail(ui, rect, &Cell { name: String::new(), texture, mark: None, badge: None, selected: false });
    if selected || response.has_focus() {
        let ink = if response.has_focus() { theme.accent } else { theme.text };
        ui.painter().rect_stroke(rect, CornerRadius::ZERO, Stroke::new(2.0, ink), StrokeKind::Outside);
    }
    response.on_hover_text(name)
}

/// The pinned case as the network sees it, its name, and that it is not trained on.
pub fn input_ui(ui: &mut Ui, place: Rect, row: &Row, state: &State, commands: &mut Commands) {
    let theme = theme::of(ui);
    let id = sample_of(row.case.as_ref());
    let thumbnail = id.and_then(|id| state.thumbnails.get(&id));
    let seen = row.previews.last().map(|preview| Source::Plane(preview.input.clone()));
    let source = seen.or_else(|| thumbnail.map(|image| Source::Gray(image.clone())));
    let sense = if row.case.is_some() { Sense::click() } else { Sense::hover() };
    let view = ImageView::new(&row.name, source, Render::gray(), place.size()).sense(sense);
    let response = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(view)).inner;
    match &row.case {
        Some(case) => {
            if response.on_hover_text(format!("{}: show it in Compare", row.name)).clicked() {
                commands.push(UiCommand::ShowCase(case.clone()));
            }
        }
        None => {
            response.on_hover_text(format!("{}, not in the data set that is open", row.name));
        }
    }
    let line = Rect::from_min_size(pos2(place.left(), place.bottom() + 5.0), vec2(place.width(), 15.0));
    paint::line(ui, line, &row.name, font::caption_strong(), theme.text);
    let line = line.translate(vec2(0.0, 15.0));
    let sample = id.and_then(|id| state.data.as_ref()?.sample(id));
    let (words, label) = match sample {
        None => ("of another data set", None),
        Some(sample) => match sample.split {
            Split::Train => ("trained on", sample.label),
            Split::Validation => ("healthy, held out", sample.label),
            Split::Development | Split::Test | Split::Unlabelled => ("not trained on", sample.label),
        },
    };
    let mut left = line.left();
    if let Some(label) = label {
        paint_class_mark(ui.painter(), pos2(left + 4.5, line.center().y), 3.5, label, theme.secondary);
        left += 13.0;
    }
    let at = pos2(left, line.center().y);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words, font::caption(), theme.secondary);
}
