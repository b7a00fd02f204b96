//! A run that is chosen for an ensemble: what it is scored by there, and how much it counts.

use std::collections::BTreeSet;

use egui::{Align2, CornerRadius, Rect, Response, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::domain::{EnsembleMember, Measure, MemberChoice, ModelId, RunInfo, Scoring};
use crate::ui::icons;
use crate::ui::theme::{self, font, height, radius, space};
use crate::ui::widgets::{NumberField, menu_item, menu_label, paint};

/// From the menu's edge to the run's name, under which this stands.
const INDENT: f32 = 36.0;
/// Before the name of a line of the menu that has no dot.
const LEAD: f32 = 20.0;
/// Room for a weight of five digits.
const WEIGHT: f32 = 60.0;
/// Scores that are listed without scrolling.
const LINES: f32 = 6.0;

/// See the module.
#[derive(Debug)]
pub(super) struct Chosen {
    pub run: ModelId,
    /// `None`: what it was trained to be scored by.
    score: Option<Scoring>,
    weight: f64,
    /// Its scores stand under it to choose from.
    listed: bool,
}

impl Chosen {
    /// As trained, counting as much as others.
    pub fn new(run: ModelId) -> Self {
        Self { run, score: None, weight: 1.0, listed: false }
    }

    /// What is asked of the engine for it.
    pub fn choice(&self, run: &RunInfo) -> MemberChoice {
        MemberChoice { run: run.folder.clone(), score: self.score.clone(), weight: self.weight }
    }

    /// # Errors
    /// What is wrong with its weight, in words.
    pub fn check(&self) -> Result<(), String> {
        EnsembleMember::check_weight(self.weight)
    }

    /// Its line of the menu and, once that was clicked, its scores. `title` tells it apart from the others.
    pub fn ui(&mut self, ui: &mut Ui, run: &RunInfo, title: &str) {
        let own = Scoring::from(run.settings.score);
        let scores = scores(&own, &run.calibrated);
        ui.push_id(&run.id, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                ui.add_space(INDENT);
                let room = ui.available_width() - WEIGHT - 2.0 * space::S;
                let name = self.score.as_ref().unwrap_or(&own).name();
                let can_choose = scores.len() > 1;
                let response = score_line(ui, room, &format!("Score of {title}"), &name, can_choose);
                self.listed = can_choose && (self.listed ^ response.clicked());
                let problem = self.check().err();
                let label = format!("Weight of {title}");
                let field = NumberField::new(&label, &mut self.weight).width(WEIGHT);
                let response = ui.add(field.decimals(None).step(0.5).problem(problem.as_deref()));
                if problem.is_none() {
                    response.on_hover_text("How much it counts beside the others.");
                }
            });
            if self.listed {
                self.list(ui, &own, &scores);
            }
        });
    }

    fn list(&mut self, ui: &mut Ui, own: &Scoring, scores: &[Scoring]) {
        let place = ui.available_rect_before_wrap();
        let inner = UiBuilder::new().max_rect(place.with_min_x(place.left() + INDENT - LEAD));
        ui.scope_builder(inner, |ui| {
            let area = ScrollArea::vertical().max_height(LINES * height::CONTROL);
            area.show(ui, |ui| scores.iter().for_each(|score| self.line(ui, own, score)));
        });
    }

    fn line(&mut self, ui: &mut Ui, own: &Scoring, score: &Scoring) {
        let caption = if score == own { "as trained" } else { "" };
        let is_now = self.score.as_ref().unwrap_or(own) == score;
        if menu_item(ui, &score.name(), caption, None, is_now).clicked() {
            self.score = (score != own).then(|| score.clone());
            self.listed = false;
        }
    }
}

/// A caption over the lines, and one over their weights.
pub(super) fn header(ui: &mut Ui, text: &str, weights: &str) {
    let theme = theme::of(ui);
    let right = ui.max_rect().right();
    let top = ui.cursor().top();
    menu_label(ui, text);
    // As the label beside it.
    let at = pos2(right - space::S - WEIGHT + 9.0, top + 12.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, weights, font::caption(), theme.secondary);
}

/// What a run can be scored by in an ensemble: its own first, then haze where its parts are there, then each measure.
fn scores(own: &Scoring, calibrated: &BTreeSet<String>) -> Vec<Scoring> {
    let haze = Scoring::haze();
    let has_haze = haze.parts().iter().all(|part| calibrated.contains(&part.measure.slug()));
    let catalogue = Measure::catalogue().into_iter().filter(|measure| calibrated.contains(&measure.slug()));
    let measures = catalogue.map(Scoring::from).filter(|score| score != own);
    let haze = Some(haze).filter(|haze| has_haze && haze != own);
    std::iter::once(own.clone()).chain(haze).chain(measures).collect()
}

/// The score there is, with a caret where another can be chosen.
fn score_line(ui: &mut Ui, width: f32, name: &str, text: &str, can_choose: bool) -> Response {
    let theme = theme::of(ui);
    let sense = if can_choose { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(width, height::CONTROL), sense);
    response.widget_info(|| {
        let role = if can_choose { Role::ComboBox } else { Role::Label };
        let mut info = WidgetInfo::labeled(role, ui.is_enabled(), name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    if can_choose && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect.expand2(vec2(space::XS, 0.0)), CornerRadius::same(radius::SEGMENT), theme.raised);
    }
    let caret = if can_choose { 16.0 } else { 0.0 };
    let room = Rect::from_min_max(rect.min, rect.max - vec2(caret, 0.0));
    let is_cut = paint::width(ui, text, font::caption()) > room.width() + 0.5;
    paint::line(ui, room, text, font::caption(), theme.secondary);
    if can_choose {
        let at = rect.right_center();
        ui.painter().text(at, Align2::RIGHT_CENTER, icons::CARET_DOWN, icons::regular(12.0), theme.secondary);
    }
    if is_cut { response.on_hover_text(text) } else { response }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_score_is_first_then_haze_and_each_once() {
        let of = |own: &str, slugs: &[&str]| {
            let calibrated = slugs.iter().map(|&slug| slug.to_owned()).collect();
            let found = scores(&own.parse().expect("a score"), &calibrated);
            found.iter().map(Scoring::slug).collect::<Vec<_>>()
        };
        let [mse, gradient] = ["mse-lungs-jitter", "gradient-lungs-jitter"];
        let haze = Scoring::haze().slug();
        let expected = ["knn", &haze, gradient, mse].map(str::to_owned);
        assert_eq!(of("knn", &["knn", mse, gradient]), expected, "measures as in other menus");
        assert_eq!(of("l1", &["l1", mse]), ["l1", mse]);
        assert_eq!(of("l1", &[]), ["l1"], "an older run has only its own");
    }
}
