//! How entries look wherever they stand: a model in its series colour, a baseline grey, dashed and in italics.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Color32, CornerRadius, FontId, Galley, Id, Painter, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, vec2,
};

use crate::domain::{BenchmarkEntry, EntryKind};
use crate::ui::theme::{self, Theme, font};

/// Height of a line of small type.
const SMALL_LINE: f32 = 14.0;

/// An entry's colour and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub color: Color32,
    pub baseline: bool,
}

/// In the order of the entries. A second model of one architecture is told from the first by a lighter shade.
pub fn looks(entries: &[BenchmarkEntry], theme: &Theme) -> Vec<Look> {
    let greys = [theme.healthy, theme.disabled, theme.secondary];
    let mut baselines = 0;
    entries
        .iter()
        .enumerate()
        .map(|(index, entry)| match entry.kind {
            EntryKind::Model(architecture) => {
                let earlier = entries[..index].iter().filter(|other| other.kind == entry.kind).count();
                let shade = (0.35 * earlier as f32).min(0.7);
                Look { color: theme::mix(theme.series(architecture.series()), theme.text, shade), baseline: false }
            }
            EntryKind::Baseline => {
                baselines += 1;
                Look { color: greys[(baselines - 1) % greys.len()], baseline: true }
            }
        })
        .collect()
}

impl Look {
    /// A disc for a model, a square for a baseline.
    pub fn paint_mark(self, painter: &Painter, center: Pos2, radius: f32) {
        if self.baseline {
            let square = Rect::from_center_size(center, vec2(1.8 * radius, 1.8 * radius));
            painter.rect_filled(square, CornerRadius::ZERO, self.color);
        } else {
            painter.circle_filled(center, radius, self.color);
        }
    }

    /// An entry's name on one line, cut at a width.
    pub fn name(self, ui: &Ui, name: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
        self.name_rows(ui, name, font, color, width, 1)
    }

    /// An entry's name in a room: on one line; where that is too long, in small type on as many as there are; cut only
    /// where that is too long as well.
    pub fn name_in(self, ui: &Ui, name: &str, font: FontId, color: Color32, room: Vec2) -> Arc<Galley> {
        let line = self.name(ui, name, font, color, room.x);
        let rows = (room.y / SMALL_LINE) as usize;
        if !line.elided || rows < 2 {
            return line;
        }
        self.name_rows(ui, name, font::caption(), color, room.x, rows)
    }

    fn name_rows(self, ui: &Ui, name: &str, font: FontId, color: Color32, width: f32, rows: usize) -> Arc<Galley> {
        let format = TextFormat { italics: self.baseline, ..TextFormat::simple(font, color) };
        let mut job = LayoutJob::single_section(name.to_owned(), format);
        let width = width.max(0.0);
        job.wrap = if rows == 1 {
            TextWrapping::truncate_at_width(width)
        } else {
            TextWrapping { max_rows: rows, ..TextWrapping::wrap_at_width(width) }
        };
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    }
}

/// A place to hover for all of a name that was cut; nothing where it was not.
pub fn whole_on_hover(ui: &Ui, rect: Rect, salt: impl std::hash::Hash + std::fmt::Debug, cut: &Galley, whole: &str) {
    if cut.elided {
        speak(ui, rect, salt, Role::Label, whole).on_hover_text(whole);
    }
}

/// Gives what is painted in `rect` a voice: the words for screen readers and a place to hover.
pub fn speak(ui: &Ui, rect: Rect, salt: impl std::hash::Hash + std::fmt::Debug, role: Role, text: &str) -> Response {
    let response = ui.interact(rect, Id::unique(("benchmark", salt)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(role, true, text));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::fixtures;
    use crate::ui::theme::DARK;

    #[test]
    fn models_keep_their_colours_and_twins_differ() {
        let mut entries = fixtures::benchmark().entries;
        entries.insert(1, entries[0].clone());
        let looks = looks(&entries, &DARK);
        assert_eq!(looks[0].color, DARK.series(0));
        assert_ne!(looks[0].color, looks[1].color);
        assert_eq!(looks[2].color, DARK.series(1));
        assert!(looks[5].baseline && looks[6].baseline && looks[5].color != looks[6].color);
    }
}
