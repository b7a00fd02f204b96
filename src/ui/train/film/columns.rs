//! The pictures of a case, a column an epoch: rebuilt image above map.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{Film, GAP, scrubber};
use crate::domain::Preview;
use crate::imaging::colormap::ColorMap;
use crate::ui::state::State;
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font};
use crate::ui::train::axis;
use crate::ui::train::runs::Run;
use crate::ui::widgets::paint;

/// All of a texture.
const WHOLE: Rect = Rect { min: egui::Pos2::ZERO, max: pos2(1.0, 1.0) };
/// How much closer together early pictures are than late ones.
const EARLY: f64 = 1.4;

impl Film {
    pub(super) fn columns_ui(&mut self, ui: &mut Ui, place: Rect, side: f32, run: &Run<'_>, previews: &[Arc<Preview>]) {
        let theme = theme::of(ui);
        let color = theme.series(run.architecture().series());
        let newest = previews.len() - 1;
        let chosen = self.scrubbed(run).map(|epoch| nearest_epoch(previews, epoch));
        let shown = chosen.unwrap_or(newest);
        let columns = (((place.width() + GAP) / (side + GAP)) as usize).max(2);
        for (column, index) in thin(previews.len(), columns, chosen).into_iter().enumerate() {
            let preview = &previews[index];
            let left = place.left() + column as f32 * (side + GAP);
            let top = Rect::from_min_size(pos2(left, place.top()), vec2(side, side));
            let whole = top.union(top.translate(vec2(0.0, side + GAP)));
            let response = ui.interact(whole, ui.scope_id().with(("film", column)), Sense::click());
            let name = format!("Epoch {}", preview.epoch);
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, index == shown, &name));
            paint_pair(ui, top, preview);
            if index == shown {
                ui.painter().rect_stroke(whole, CornerRadius::ZERO, Stroke::new(2.0, color), StrokeKind::Outside);
            }
            if response.has_focus() {
                ui.painter().rect_stroke(whole, CornerRadius::ZERO, theme.focus_stroke(), StrokeKind::Inside);
            }
            let (font, ink) = if index == shown {
                (font::body_strong(), theme.text)
            } else {
                (font::sized(12.0, false), theme.secondary)
            };
            let at = pos2(whole.center().x, whole.bottom() + 11.0);
            paint::text(ui.painter(), at, Align2::CENTER_CENTER, preview.epoch, font, ink);
            if response.clicked() {
                self.scrub(run, previews, index);
            }
            response.on_hover_text(hover(preview, run));
        }
        let scrubber = Rect::from_min_size(
            pos2(place.left() + 8.0, place.top() + 2.0 * side + GAP + 22.0),
            vec2(place.width() - 16.0, 18.0),
        );
        if let Some(index) = scrubber::show(ui, scrubber, run, previews, shown, color) {
            self.scrub(run, previews, index);
        }
    }

    /// Stays at an epoch; at the newest the strip follows the training again.
    fn scrub(&mut self, run: &Run<'_>, previews: &[Arc<Preview>], index: usize) {
        let newest = index + 1 >= previews.len();
        self.scrubbed = previews.get(index).filter(|_| !newest).map(|preview| (run.info.id.clone(), preview.epoch));
    }
}

/// The columns to show of `count` pictures: the first, the newest and `chosen` always, early ones closer together,
/// because there most happens.
fn thin(count: usize, columns: usize, chosen: Option<usize>) -> Vec<usize> {
    if count <= columns {
        return (0..count).collect();
    }
    let Some(last_column) = columns.checked_sub(1).filter(|last| *last > 0) else {
        return chosen.or(count.checked_sub(1)).into_iter().collect();
    };
    let mut kept: Vec<usize> = Vec::with_capacity(columns);
    for column in 0..columns {
        let share = (column as f64 / last_column as f64).powf(EARLY);
        let wanted = (share * (count - 1) as f64).round() as usize;
        let least = kept.last().map_or(0, |before| before + 1);
        // Leave room for the columns that follow.
        kept.push(wanted.max(least).min(count - (columns - column)));
    }
    if let Some(chosen) = chosen.filter(|chosen| !kept.contains(chosen)) {
        // The first and the newest stay; the nearest between gives way.
        let inner = 1..last_column.max(2);
        if let Some(at) = inner.min_by_key(|&at| kept[at.min(last_column)].abs_diff(chosen)) {
            kept[at.min(last_column)] = chosen;
        }
    }
    kept
}

fn paint_pair(ui: &Ui, top: Rect, preview: &Preview) {
    let rows = [
        (&preview.reconstruction, Render::gray(), top),
        (&preview.map, Render::with_lut(ColorMap::Inferno.lut()), top.translate(vec2(0.0, top.height() + GAP))),
    ];
    for (plane, render, rect) in rows {
        let texture = textures::texture(ui.ctx(), &Source::Plane(plane.clone()), &render);
        ui.painter().image(texture, rect, WHOLE, egui::Color32::WHITE);
    }
}

/// Where there is nothing to show yet: empty frames, and why.
pub fn paint_nothing(ui: &Ui, place: Rect, side: f32, run: Option<&Run<'_>>, state: &State) {
    let theme = theme::of(ui);
    let columns = (((place.width() + GAP) / (side + GAP)) as usize).max(1);
    for column in 0..columns {
        for row in 0..2u8 {
            let at = place.min + vec2(column as f32, f32::from(row)) * (side + GAP);
            let rect = Rect::from_min_size(at, vec2(side, side));
            ui.painter().rect(rect, CornerRadius::ZERO, theme.well, theme.hairline_stroke(), StrokeKind::Inside);
        }
    }
    let sentence = match run {
        Some(run) if run.active.is_some() => "The first pictures come when the first epoch ends.",
        Some(run) if run.epoch_count() > 0 && state.film(&run.info.folder).is_none() => {
            "Reading the pictures of this run…"
        }
        Some(run) if run.epoch_count() > 0 => "This run has kept no pictures.",
        _ if state.data.is_none() => "Open a data set to choose the cases to watch.",
        _ => "Rebuilt image and map appear here, epoch by epoch, while a run trains.",
    };
    let galley = paint::wrapped(ui, sentence, font::body(), theme.secondary, place.width() - 48.0);
    let images = Rect::from_min_size(place.min, vec2(place.width(), 2.0 * side + GAP));
    let rect = Rect::from_center_size(images.center(), galley.size());
    ui.painter().rect_filled(rect.expand2(vec2(12.0, 8.0)), CornerRadius::same(6), theme.window);
    ui.painter().galley(rect.min, galley, theme.secondary);
}

pub fn nearest_epoch(previews: &[Arc<Preview>], epoch: u32) -> usize {
    let nearest = previews.iter().enumerate().min_by_key(|(_, preview)| preview.epoch.abs_diff(epoch));
    nearest.map_or(0, |(index, _)| index)
}

fn hover(preview: &Preview, run: &Run<'_>) -> String {
    if preview.epoch == 0 {
        return "The untrained network".to_owned();
    }
    let record = run.epochs().find(|record| record.epoch == preview.epoch);
    record.map_or_else(
        || format!("Epoch {}", preview.epoch),
        |record| format!("Epoch {}, validation error {}", record.epoch, axis::figure(record.validation.recon)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pictures_are_all_shown() {
        assert_eq!(thin(0, 8, None), Vec::<usize>::new());
        assert_eq!(thin(3, 8, Some(1)), [0, 1, 2]);
    }

    #[test]
    fn early_epochs_stand_closer_together_and_the_ends_stay() {
        assert_eq!(thin(12, 8, None), [0, 1, 2, 3, 5, 7, 9, 11]);
        for count in [9, 20, 51, 101, 5_000] {
            let kept = thin(count, 8, None);
            assert_eq!((kept.len(), kept[0], kept[7]), (8, 0, count - 1));
            assert!(kept.windows(2).all(|pair| pair[0] < pair[1]), "{kept:?}");
        }
    }

    #[test]
    fn the_epoch_scrubbed_to_is_always_there() {
        for chosen in 0..51 {
            let kept = thin(51, 8, Some(chosen));
            assert!(kept.contains(&chosen), "{chosen} in {kept:?}");
            assert_eq!((kept.len(), kept[0], kept[7]), (8, 0, 50));
            assert!(kept.windows(2).all(|pair| pair[0] < pair[1]), "{chosen}: {kept:?}");
        }
        assert_eq!(thin(10, 1, Some(4)), [4]);
    }
}
