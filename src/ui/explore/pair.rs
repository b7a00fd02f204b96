//! From one patient to another: two cases, and the images decoded on the straight way between their codes.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::decoding::Decoding;
use super::generate::{Shown, Trace, decoded, paint_decoded};
use super::prepared::Prepared;
use super::{placed, thumbnail};
use crate::domain::{Label, LatentMap, Sample, Split, between};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, font, height, space};
use crate::ui::widgets::{Dropdown, IconButton, Slider, TextField, menu_item, menu_label, paint};

/// Images of the film strip, from A to B.
const FILM: usize = 7;
const FILM_GAP: f32 = 4.0;
const SLOT: f32 = 44.0;
/// Cases that the search lists.
const FOUND: usize = 40;

/// One of the two cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    A,
    B,
}

impl Slot {
    fn name(self) -> &'static str {
        match self {
            Self::A => "Case A",
            Self::B => "Case B",
        }
    }

    fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// Two points of the latent space and a place between them.
#[derive(Debug, Default)]
pub struct Pair {
    a: usize,
    b: usize,
    /// Share of the way from A to B.
    share: f32,
    /// The next click in the plot chooses this case.
    pub armed: Option<Slot>,
    search: String,
}

impl Pair {
    /// A typical healthy and a typical diseased test case; whatever there is where there are none.
    pub fn of(prepared: &Prepared) -> Self {
        let is = |split: Option<Split>, label: Option<Label>| {
            move |sample: &Sample| split.is_none_or(|split| sample.split == split) && sample.label == label
        };
        let find = |label| {
            let of_test = typical(prepared, is(Some(Split::Test), Some(label)));
            of_test.or_else(|| typical(prepared, is(None, Some(label))))
        };
        let last = prepared.map.points.len().saturating_sub(1);
        let a = find(Label::Healthy).unwrap_or(0);
        Self { a, b: find(Label::Diseased).unwrap_or(last), share: 0.5, ..Self::default() }
    }

    pub fn choose(&mut self, slot: Slot, point: usize) {
        match slot {
            Slot::A => self.a = point,
            Slot::B => self.b = point,
        }
        self.armed = None;
    }

    pub fn chosen(&self, slot: Slot) -> usize {
        match slot {
            Slot::A => self.a,
            Slot::B => self.b,
        }
    }

    /// Both cases.
    pub fn points(&self) -> [usize; 2] {
        [self.a, self.b]
    }

    /// The code at the slider first, then those of the film strip.
    pub fn codes(&self, map: &LatentMap) -> Vec<Vec<f32>> {
        let at = |share| between(map.code(self.a), map.code(self.b), share);
        std::iter::once(self.share).chain((0..FILM).map(step)).map(at).collect()
    }

    /// What the plot shows of it.
    pub fn trace(&self, map: &LatentMap) -> Trace {
        let (a, b) = (map.code(self.a).to_vec(), map.code(self.b).to_vec());
        let at = between(&a, &b, self.share);
        let marks = vec![(a.clone(), "A".to_owned()), (b.clone(), "B".to_owned()), (at, String::new())];
        Trace { way: Some([a, b]), marks }
    }

    pub fn ui(&mut self, ui: &mut Ui, prepared: &Prepared, shown: Shown<'_>, decoding: &Decoding, state: &State) {
        ui.spacing_mut().item_spacing.y = space::S;
        for slot in [Slot::A, Slot::B] {
            self.slot(ui, slot, prepared, state);
        }
        let room = ui.available_rect_before_wrap();
        let film = (room.width() - (FILM - 1) as f32 * FILM_GAP) / FILM as f32;
        let side = (room.height() - film - 76.0).min(room.width()).max(120.0);
        decoded(ui, "Image between A and B", shown, side);
        self.slider(ui);
        self.film(ui, film, prepared, decoding);
    }

    /// The thumbnail of a case, its name with a menu to search in, and a button to pick another in the plot.
    fn slot(&mut self, ui: &mut Ui, slot: Slot, prepared: &Prepared, state: &State) {
        let theme = theme::of(ui);
        let point = self.chosen(slot);
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), SLOT), Sense::hover());
        let image = Rect::from_min_size(row.min, vec2(SLOT, SLOT));
        thumbnail(ui, image, prepared, point, state);
        let letter = pos2(image.right() + 14.0, row.center().y);
        paint::text(ui.painter(), letter, Align2::CENTER_CENTER, slot.letter(), font::body_strong(), theme.text);
        let pick = Rect::from_center_size(pos2(row.right() - 14.0, row.center().y), vec2(28.0, 28.0));
        let armed = self.armed == Some(slot);
        let name = format!("Pick case {} in the plot", slot.letter());
        let button = IconButton::new(icons::CROSSHAIR_SIMPLE, &name).selected(armed);
        if placed(ui, &name, pick, |ui| ui.add(button).clicked()) {
            self.armed = (!armed).then_some(slot);
        }
        let menu = Rect::from_min_max(
            pos2(image.right() + 28.0, row.center().y - height::CONTROL / 2.0),
            pos2(pick.left() - 6.0, row.bottom()),
        );
        let text = if armed { "Click a point…" } else { prepared.sample(point).map_or("–", Sample::stem) };
        let mut chosen = None;
        let mut search = std::mem::take(&mut self.search);
        placed(ui, slot.name(), menu, |ui| {
            let dropdown = Dropdown::new(slot.name(), text).width(menu.width()).stays_open();
            dropdown.show(ui, |ui| chosen = found(ui, &mut search, prepared, point)).on_hover_text(text);
        });
        self.search = search;
        if let Some(point) = chosen {
            self.choose(slot, point);
        }
    }

    fn slider(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
        let ends = [(row.left_center(), Align2::LEFT_CENTER, "A"), (row.right_center(), Align2::RIGHT_CENTER, "B")];
        for (at, anchor, letter) in ends {
            paint::text(ui.painter(), at, anchor, letter, font::body_strong(), theme.secondary);
        }
        let track = row.shrink2(vec2(18.0, 0.0));
        let slider = Slider::new("From A to B", &mut self.share, 0.0..=1.0).width(track.width());
        placed(ui, "from A to B", track, |ui| ui.add(slider))
            .on_hover_text(format!("{:.0}\u{2009}% of the way from A to B.", self.share * 100.0));
    }

    /// Steps on the way; a click goes there.
    fn film(&mut self, ui: &mut Ui, side: f32, prepared: &Prepared, decoding: &Decoding) {
        let theme = theme::of(ui);
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), side), Sense::hover());
        for (index, code) in self.codes(&prepared.map).iter().skip(1).enumerate() {
            let at = row.min + vec2(index as f32 * (side + FILM_GAP), 0.0);
            let place = Rect::from_min_size(at, vec2(side, side));
            let name = format!("Step {} of {FILM}", index + 1);
            paint_decoded(ui, place, &name, decoding.image(code).as_ref(), "");
            let response = ui.interact(place, ui.scope_id().with(("film", index)), Sense::click());
            let here = (self.share - step(index)).abs() < 0.005;
            response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), here, &name));
            if here || response.hovered() || response.has_focus() {
                let edge = Stroke::new(2.0, theme.accent);
                ui.painter().rect_stroke(place, CornerRadius::ZERO, edge, StrokeKind::Inside);
            }
            if response.clicked() {
                self.share = step(index);
            }
        }
        let text = "Seven steps on the straight line between both codes.";
        ui.label(egui::RichText::new(text).font(font::caption()).color(theme.secondary));
    }
}

/// The share of the way at a place of the film strip.
fn step(index: usize) -> f32 {
    index as f32 / (FILM - 1) as f32
}

/// The point nearest to the mean code of its kind.
fn typical(prepared: &Prepared, wanted: impl Fn(&Sample) -> bool) -> Option<usize> {
    let map = &prepared.map;
    let chosen: Vec<usize> =
        (0..map.points.len()).filter(|&point| prepared.sample(point).is_some_and(&wanted)).collect();
    let mut mean = vec![0f32; map.pca.latent()];
    for &point in &chosen {
        for (mean, value) in mean.iter_mut().zip(map.code(point)) {
            *mean += value / chosen.len() as f32;
        }
    }
    let distance = |point: &usize| -> f32 { map.code(*point).iter().zip(&mean).map(|(a, b)| (a - b).powi(2)).sum() };
    chosen.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// A field to search in and the cases found; gives the one that was clicked.
fn found(ui: &mut Ui, search: &mut String, prepared: &Prepared, present: usize) -> Option<usize> {
    let field = TextField::new("Search a case", search).hint("Search by name or finding");
    ui.add(field.width(ui.available_width().max(220.0)));
    let wanted = search.trim().to_lowercase();
    let fits = |point: &usize| prepared.sample(*point).is_some_and(|sample| matches(sample, &wanted));
    let mut points = (0..prepared.map.points.len()).filter(fits);
    let mut clicked = None;
    for point in points.by_ref().take(FOUND) {
        let Some(sample) = prepared.sample(point) else { continue };
        let caption = format!("{} · {}", sample.split.name(), sample.finding.as_deref().unwrap_or("–"));
        if menu_item(ui, sample.stem(), &caption, None, point == present).clicked() {
            clicked = Some(point);
            ui.close();
        }
    }
    match points.count() {
        0 => {}
        more => menu_label(ui, &format!("and {more} more")),
    }
    clicked
}

fn matches(sample: &Sample, wanted: &str) -> bool {
    let label = match sample.label {
        Some(Label::Healthy) => "healthy",
        Some(Label::Diseased) => "diseased",
        None => "",
    };
    let texts = [sample.stem(), sample.finding.as_deref().unwrap_or_default(), sample.split.name(), label];
    texts.iter().any(|text| text.to_lowercase().contains(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::explore::fixture;

    #[test]
    fn the_way_begins_at_a_healthy_and_ends_at_a_diseased_test_case() {
        let prepared = fixture::prepared();
        let pair = Pair::of(&prepared);
        let kind = |point| prepared.sample(point).map(|sample| (sample.split, sample.label));
        assert_eq!(kind(pair.chosen(Slot::A)), Some((Split::Test, Some(Label::Healthy))));
        assert_eq!(kind(pair.chosen(Slot::B)), Some((Split::Test, Some(Label::Diseased))));
        let codes = pair.codes(&prepared.map);
        assert_eq!(codes.len(), FILM + 1);
        assert_eq!(codes[1], prepared.map.code(pair.chosen(Slot::A)));
        assert_eq!(codes[FILM], prepared.map.code(pair.chosen(Slot::B)));
        assert_eq!(codes[0], codes[4], "the slider stands in the middle");
    }

    #[test]
    fn the_search_knows_names_findings_splits_and_labels() {
        let prepared = fixture::prepared();
        let count = |wanted: &str| {
            (0..prepared.map.points.len()).filter(|&point| matches(prepared.sample(point).unwrap(), wanted)).count()
        };
        assert_eq!(count(""), prepared.map.points.len());
        assert!(count("viral") > 0 && count("viral") < count("diseased"));
        assert!(count("train") > 0 && count("nowhere at all") == 0);
    }
}
