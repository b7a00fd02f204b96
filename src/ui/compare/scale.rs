//! The column at the right: the one scale that all maps share.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::display::Display;
use crate::imaging::colormap::ColorMap;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{ColorBar, glossary, paint};

/// Width of the column.
pub const WIDTH: f32 = 64.0;
const BAR: f32 = 12.0;
const LINE: f32 = 14.0;
/// From the first line of words to the bar.
const WORDS: f32 = 76.0;

const UNSIGNED: [(f32, &str); 5] = [(1.0, "1.00"), (0.75, "0.75"), (0.5, "0.50"), (0.25, "0.25"), (0.0, "0.00")];
const SIGNED: [(f32, &str); 5] = [(1.0, "+1.00"), (0.75, "+0.50"), (0.5, "0.00"), (0.25, "−0.50"), (0.0, "−1.00")];

/// Draws the scale beside the row of maps at `row`, in a column that begins at `left`; `top` is as high as it may reach.
pub fn show(ui: &mut Ui, left: f32, top: f32, row: Rect, display: &Display) {
    let signed = display.color_map == ColorMap::Diverging;
    let bar_top = row.top().max(top + WORDS);
    let bar = Rect::from_min_max(pos2(left, bar_top), pos2(left + BAR, row.bottom().max(bar_top + 60.0)));
    let words: [&str; 4] = if signed {
        ["Error", "± 1 = 99.9th", "percentile", "of healthy"]
    } else {
        ["Error", "1 = 99.9th", "percentile", "of healthy"]
    };
    ui.scope(|ui| {
        if !display.show.has_map() {
            ui.multiply_opacity(0.35);
        }
        let theme = theme::of(ui);
        for (index, words) in words.into_iter().enumerate() {
            let ink = if index == 0 { theme.text } else { theme.secondary };
            let at = pos2(left, bar_top - WORDS + LINE * (index as f32 + 0.5));
            paint::text(ui.painter(), at, Align2::LEFT_CENTER, words, font::caption(), ink);
        }
        let ticks = if signed { &SIGNED } else { &UNSIGNED };
        ColorBar::new("", display.color_map.lut(), bar.size()).ticks(ticks).paint(ui, bar);
    });
    let whole = Rect::from_min_max(pos2(left, bar_top - WORDS), bar.max + vec2(WIDTH - BAR, 0.0));
    let response = ui.interact(whole, ui.scope_id().with("scale"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Scale of the maps, the same in all panes"));
    response.on_hover_ui(|ui| {
        ui.label(glossary::define("Map").unwrap_or_default());
        ui.label("Fitted for each model on held-out healthy images, the same for every case and pane.");
        if signed {
            ui.label("Plus is lighter than a healthy image would be, minus is darker.");
        }
    });
}
