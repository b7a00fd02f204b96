//! AUPRO by kind of lesion: a line an entry with its interval, chance beside.

use plotters::prelude::*;

use super::canvas::{Align, Canvas, Drawn, Figure, Type};
use super::{BASELINES, GRID, INK, MUTED, SERIES, shortened};
use crate::domain::{EntryKind, HeatmapEntry, Heatmaps, LesionKind, PixelFigures};
use crate::evaluation::AUPRO_LIMIT;
use crate::reports::NOTICE;
use crate::reports::heatmaps::SYNTHETIC;

const WIDTH: f64 = 510.0;
const MARGIN: f64 = 14.0;
/// Left of the scale: names.
const NAMES: f64 = 150.0;
/// Right of it: the figures.
const FIGURES: f64 = 92.0;
const TITLE: f64 = 18.0;
const LINE: f64 = 13.0;
const STRONG: Type = Type { points: 8.5, bold: true, colour: INK };
const BODY: Type = Type { points: 7.5, bold: false, colour: INK };
const SMALL: Type = Type { points: 7.0, bold: false, colour: MUTED };

pub(super) struct Overlaps<'a> {
    heatmaps: &'a Heatmaps,
}

impl<'a> Overlaps<'a> {
    pub fn new(heatmaps: &'a Heatmaps) -> Self {
        Self { heatmaps }
    }

    /// Heights of a group and of everything over it.
    fn group_height(&self) -> f64 {
        TITLE + LINE * self.heatmaps.entries.len() as f64 + 6.0
    }
}

/// All kinds together, then each.
fn groups() -> impl Iterator<Item = Option<LesionKind>> {
    std::iter::once(None).chain(LesionKind::ALL.into_iter().map(Some))
}

fn figures(entry: &HeatmapEntry, kind: Option<LesionKind>) -> Option<&PixelFigures> {
    let Some(kind) = kind else { return Some(&entry.all) };
    entry.by_lesion.iter().find(|figures| figures.lesion == kind).map(|figures| &figures.pixels)
}

/// Where a share stands on the scale.
fn place(share: f64) -> f64 {
    let (from, to) = (MARGIN + NAMES, WIDTH - MARGIN - FIGURES);
    from + share.clamp(0.0, 1.0) * (to - from)
}

impl Figure for Overlaps<'_> {
    fn size(&self) -> (f64, f64) {
        (WIDTH, MARGIN + groups().count() as f64 * self.group_height() + 46.0)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B> {
        let bottom = MARGIN + groups().count() as f64 * self.group_height();
        for step in 0..=5 {
            let share = f64::from(step) / 5.0;
            canvas.line(&[(place(share), MARGIN), (place(share), bottom)], 0.5, GRID.into())?;
            canvas.text(&format!("{share:.1}"), (place(share), bottom + 8.0), Align::Centre, SMALL)?;
        }
        // Overlap grows with the false positives where a map says nothing.
        let chance = AUPRO_LIMIT / 2.0;
        canvas.dashed(&[(place(chance), MARGIN), (place(chance), bottom)], 0.7, MUTED.into())?;
        for (index, kind) in groups().enumerate() {
            self.group(canvas, kind, MARGIN + index as f64 * self.group_height())?;
        }
        let legend = format!(
            "AUPRO up to {:.0} % false positives, with 95 % bootstrap intervals over {} images. Dashed: chance.",
            AUPRO_LIMIT * 100.0,
            self.heatmaps.images
        );
        canvas.text(&legend, (MARGIN, bottom + 22.0), Align::Left, SMALL)?;
        let footer = format!("{SYNTHETIC} · NeuroScan {} · {NOTICE}", env!("CARGO_PKG_VERSION"));
        canvas.text(&footer, (MARGIN, bottom + 35.0), Align::Left, SMALL)
    }
}

impl Overlaps<'_> {
    fn group<B: DrawingBackend>(&self, canvas: &Canvas<B>, kind: Option<LesionKind>, top: f64) -> Drawn<B> {
        let title = kind.map_or("All lesions", LesionKind::name);
        canvas.text(title, (MARGIN, top + 9.0), Align::Left, STRONG)?;
        for (index, entry) in self.heatmaps.entries.iter().enumerate() {
            let y = top + TITLE + LINE * (index as f64 + 0.5);
            canvas.text(&shortened(&entry.name), (MARGIN, y), Align::Left, BODY)?;
            let Some(figures) = figures(entry, kind) else { continue };
            let (aupro, colour) = (figures.aupro, colour(entry));
            canvas.line(&[(place(aupro.low), y), (place(aupro.high), y)], 1.2, colour.into())?;
            let x = place(aupro.value);
            canvas.bar((x - 2.0, y - 2.0), (x + 2.0, y + 2.0), colour.into())?;
            let text = format!("{:.3} ({:.3}–{:.3})", aupro.value, aupro.low, aupro.high);
            canvas.text(&text, (WIDTH - MARGIN, y), Align::Right, BODY)?;
        }
        Ok(())
    }
}

fn colour(entry: &HeatmapEntry) -> RGBColor {
    match entry.kind {
        EntryKind::Model(architecture) => {
            let [red, green, blue] = SERIES[architecture.series() % SERIES.len()];
            RGBColor(red, green, blue)
        }
        EntryKind::Baseline => BASELINES[0],
    }
}

#[cfg(test)]
mod tests {
    use super::super::canvas;
    use super::*;
    use crate::evaluation::fixtures;

    #[test]
    fn every_kind_and_entry_is_drawn() {
        let heatmaps = fixtures::heatmaps();
        let svg = String::from_utf8(canvas::svg(&Overlaps::new(&heatmaps)).unwrap()).unwrap();
        for kind in LesionKind::ALL {
            assert!(svg.contains(kind.name()), "{kind:?}");
        }
        assert_eq!(svg.matches("Image brightness").count(), 5);
        assert!(svg.contains("synthetic"));
        let nothing = Heatmaps { entries: Vec::new(), ..heatmaps };
        assert!(canvas::png(&Overlaps::new(&nothing)).is_ok());
    }
}
