//! Maps against boxes that people drew around findings: how often the highest pixel lies in one, and how much marked pixels
//! and boxes have in common.

use egui::{Align2, Rect, Role, Ui, pos2, vec2};

use super::look::speak;
use super::{Shown, format};
use crate::domain::{BenchmarkEntry, BoxFigures};
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::paint;

const ROW: f32 = 26.0;
const HEAD: f32 = 28.0;

/// Right edges of the columns.
struct Places {
    pointing: f32,
    range: f32,
    chance: f32,
    in_lungs: f32,
    iou: f32,
    iou_chance: f32,
}

impl Places {
    fn new(rect: Rect) -> Self {
        let right = rect.right();
        Self {
            pointing: right - 290.0,
            range: right - 222.0,
            chance: right - 164.0,
            in_lungs: right - 104.0,
            iou: right - 52.0,
            iou_chance: right,
        }
    }
}

/// Draws the figures of every entry that has some.
pub fn show(ui: &Ui, content: Rect, shown: &Shown<'_>) {
    let places = Places::new(content);
    let heads = Rect::from_min_size(content.min, vec2(content.width(), HEAD));
    head_row(ui, heads, &places);
    let entries = &shown.prepared.benchmark.entries;
    let boxed: Vec<(usize, BoxFigures)> =
        entries.iter().enumerate().filter_map(|(index, entry)| Some((index, entry.boxes?))).collect();
    let note_at = note(ui, content, boxed.first().map_or(0, |(_, figures)| figures.images));
    let room = ((note_at - heads.bottom() - space::S) / ROW).max(1.0) as usize;
    for (line, (index, figures)) in boxed.iter().take(room).enumerate() {
        let top = heads.bottom() + line as f32 * ROW;
        let rect = Rect::from_min_size(pos2(content.left(), top), vec2(content.width(), ROW));
        row(ui, rect, shown, *index, figures, &places);
    }
}

fn head_row(ui: &Ui, row: Rect, places: &Places) {
    let cells = [
        (row.left(), Align2::LEFT_CENTER, "Map of", "Map"),
        (places.pointing, Align2::RIGHT_CENTER, "Pointing", "Pointing game"),
        (places.range, Align2::RIGHT_CENTER, "95\u{2009}% CI", "95 % CI"),
        (places.chance, Align2::RIGHT_CENTER, "Chance", "By chance"),
        (places.in_lungs, Align2::RIGHT_CENTER, "in lungs", "Chance in lungs"),
        (places.iou, Align2::RIGHT_CENTER, "IoU", "IoU"),
        (places.iou_chance, Align2::RIGHT_CENTER, "Chance", "By chance"),
    ];
    super::heatmaps::head_cells(ui, row, "box head", &cells);
}

fn row(ui: &Ui, rect: Rect, shown: &Shown<'_>, index: usize, figures: &BoxFigures, places: &Places) {
    let (theme, entry, look) = (theme::of(ui), &shown.prepared.benchmark.entries[index], shown.looks[index]);
    let y = rect.center().y;
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline_stroke());
    look.paint_mark(ui.painter(), pos2(rect.left() + 4.0, y), 4.0);
    let strong = if index == shown.selected { font::body_strong() } else { font::body() };
    let name = look.name(ui, &entry.name, strong, theme.text, places.pointing - rect.left() - 64.0);
    ui.painter().galley(pos2(rect.left() + 16.0, y - name.size().y / 2.0), name, theme.text);
    let right = |x: f32, text: String, font, ink| {
        paint::text(ui.painter(), pos2(x, y), Align2::RIGHT_CENTER, text, font, ink);
    };
    right(places.pointing, format::percent(figures.pointing.value), font::body(), theme.text);
    right(places.range, format::percent_range(&figures.pointing), font::caption(), theme.secondary);
    right(places.chance, format::percent(figures.pointing_chance), font::body(), theme.secondary);
    let in_lungs = figures.pointing_chance_in_lungs.map_or_else(|| "–".to_owned(), format::percent);
    right(places.in_lungs, in_lungs, font::body(), theme.secondary);
    right(places.iou, format::area(figures.iou), font::body(), theme.text);
    right(places.iou_chance, format::area(figures.iou_chance), font::body(), theme.secondary);
    let response = speak(ui, rect, ("box row", &entry.id), Role::Label, &said(entry, figures));
    response.on_hover_text(format!(
        "{} of an image lie at 1 or above. The overlap reaches 0.25 in {} of the images and 0.5 in {}.",
        format::percent(figures.marked),
        format::percent(figures.iou_above_025),
        format::percent(figures.iou_above_050)
    ));
}

fn said(entry: &BenchmarkEntry, figures: &BoxFigures) -> String {
    format!(
        "{}, highest pixel in a box {}, by chance {}, IoU {}, by chance {}",
        entry.name,
        format::percent(figures.pointing.value),
        format::percent(figures.pointing_chance),
        format::area(figures.iou),
        format::area(figures.iou_chance)
    )
}

/// What the figures are of, at the foot; gives where it begins.
fn note(ui: &Ui, content: Rect, images: u32) -> f32 {
    let theme = theme::of(ui);
    let text = format!(
        "{images} test images with boxes that people drew around findings. Pointing: the highest pixel of the map lies in a \
         box, without tolerance. IoU: pixels at 1 or above on the map's scale against all boxes of the image. Chance: a \
         pixel, or as many pixels, anywhere in the image or in its lungs."
    );
    let galley = paint::wrapped(ui, &text, font::caption(), theme.secondary, content.width());
    let top = content.bottom() - 10.0 - galley.size().y;
    let place = Rect::from_min_size(pos2(content.left(), top), galley.size());
    ui.painter().galley(place.min, galley, theme.secondary);
    speak(ui, place, "box note", Role::Label, &text);
    top
}
