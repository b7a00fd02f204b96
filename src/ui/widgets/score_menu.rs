//! The menu of what a model scores by: a measure, where and in which position, and what is added to it.

use egui::{Align, DragValue, Label, Layout, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use crate::domain::{Abilities, CodeMeasure, Measure, ModelInfo, Part, Region, Residual, Score, Scoring};
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{menu_item_of_width, menu_label, paint};

/// Width of the menu, whatever stands in it.
const WIDTH: f32 = 320.0;
/// Lines under the menu for what the line pointed at means.
const MEANING_ROWS: usize = 4;
const MEANING_ROW: f32 = 15.0;
/// Weight of a measure that is added.
const ADDED: f64 = 0.5;
/// Weights that can be dragged to.
const WEIGHTS: std::ops::RangeInclusive<f64> = 0.05..=10.0;

/// Draws the menu: lines that scroll where they are higher than `most_height`, and under them in a sentence what the one
/// pointed at means, else the score there is. Gives another score when one was chosen.
pub fn score_menu(ui: &mut Ui, model: &ModelInfo, now: &Scoring, most_height: f32) -> Option<Scoring> {
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut menu = Menu { model, now, meaning: None, chosen: None };
    let area = ScrollArea::vertical().max_height(most_height).auto_shrink([false, true]);
    area.show(ui, |ui| menu.lines(ui));
    meaning(ui, &menu.meaning.unwrap_or_else(|| now.sentence()));
    menu.chosen
}

/// The sentence under the lines, in a place as high whatever it says.
fn meaning(ui: &mut Ui, text: &str) {
    let theme = theme::of(ui);
    let size = vec2(WIDTH, MEANING_ROW * MEANING_ROWS as f32 + 2.0 * space::S);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().hline(rect.x_range(), rect.top() + space::XS, theme.hairline_stroke());
    let inner = rect.shrink2(vec2(space::S, 0.0)).with_min_y(rect.top() + space::M);
    let galley = paint::wrapped_rows(ui, text, font::caption(), theme.secondary, inner.width(), MEANING_ROWS);
    ui.painter().galley(inner.min, galley, theme.secondary);
}

/// A frame's menu.
struct Menu<'a> {
    model: &'a ModelInfo,
    now: &'a Scoring,
    /// Of the line pointed at.
    meaning: Option<String>,
    chosen: Option<Scoring>,
}

impl Menu<'_> {
    fn lines(&mut self, ui: &mut Ui) {
        let (model, now) = (self.model, self.now);
        let own = model.own_score();
        let caption = if *now == own { "" } else { "as trained" };
        if self.line(ui, &own.name(), caption, *now == own, &own.sentence()) {
            self.chosen = Some(own);
        }
        let haze = Scoring::haze();
        if haze.lacking(model.abilities).is_none() {
            let caption = if model.is_calibrated(&haze) { "for chest X-rays" } else { "to be calibrated" };
            if self.line(ui, &haze.name(), caption, *now == haze, &haze.sentence()) {
                self.chosen = Some(haze);
            }
        }
        menu_label(ui, "Measure");
        let template = now.first_map().unwrap_or(Score::MSE);
        for measure in offered(model.abilities, template) {
            let is_in = now.parts().iter().any(|part| same_kind(part.measure, measure));
            let ready = if model.is_calibrated(&measure.into()) { "" } else { "to be calibrated" };
            if self.line(ui, measure.name(), ready, is_in, measure.meaning()) {
                self.chosen = Some(measure.into());
            }
        }
        if let Some(map) = now.first_map() {
            self.where_and_how(ui, map);
        }
        menu_label(ui, "Add, in σ of healthy images");
        for measure in offered(model.abilities, template) {
            if now.parts().iter().any(|part| same_kind(part.measure, measure)) {
                continue;
            }
            if self.line(ui, &format!("+ {}", measure.name()), "", false, measure.meaning()) {
                self.chosen = with_part(now, Part { measure, weight: ADDED });
            }
        }
        if now.parts().len() > 1 {
            menu_label(ui, "Weights");
            for index in 0..now.parts().len() {
                self.chosen = weight(ui, now, index).or(self.chosen.take());
            }
        }
    }

    /// Region and shifts of the score's maps.
    fn where_and_how(&mut self, ui: &mut Ui, map: Score) {
        menu_label(ui, "Where and how");
        for region in Region::ALL {
            self.region(ui, region, map.region == region);
        }
        let shifted = map.jitter > 0.0;
        let meaning = "The image is shifted to where it looks most healthy, so that position does not count.";
        if self.line(ui, "Least of nine shifts", "", shifted, meaning) {
            let jitter = if shifted { 0.0 } else { Score::JITTER };
            self.chosen = changed(self.now, |score| Score { jitter, ..score });
        }
    }

    /// Dimmed, with the reason, where the score cannot be taken there.
    fn region(&mut self, ui: &mut Ui, region: Region, selected: bool) {
        let Some(there) = changed(self.now, |score| Score { region, ..score }) else { return };
        let ready = if self.model.is_calibrated(&there) { "" } else { "to be calibrated" };
        let lacking = there.lacking(self.model.abilities);
        let meaning = lacking.map_or_else(|| region.meaning().to_owned(), |lacking| format!("Not here: {lacking}."));
        let clicked =
            ui.add_enabled_ui(lacking.is_none(), |ui| self.line(ui, region.name(), ready, selected, &meaning)).inner;
        if clicked {
            self.chosen = Some(there);
        }
    }

    /// A line of the menu; whether it was clicked. What it means is said while it is pointed at or has the focus.
    fn line(&mut self, ui: &mut Ui, name: &str, caption: &str, selected: bool, meaning: &str) -> bool {
        let response = menu_item_of_width(ui, WIDTH, name, caption, None, selected);
        if response.contains_pointer() || response.has_focus() {
            self.meaning = Some(meaning.to_owned());
        }
        response.clicked()
    }
}

/// Every kind of measure that the model can be given, in the region and with the shifts of `template`.
fn offered(abilities: Abilities, template: Score) -> Vec<Measure> {
    let maps = Residual::ALL.map(|residual| Measure::Map(Score { residual, ..template }));
    let all = maps.into_iter().chain(CodeMeasure::ALL.map(Measure::Code));
    all.filter(|measure| measure.lacking(abilities).is_none()).collect()
}

/// Whatever the blur, region and shifts.
fn same_kind(a: Measure, b: Measure) -> bool {
    match (a, b) {
        (Measure::Map(a), Measure::Map(b)) => {
            std::mem::discriminant(&a.residual) == std::mem::discriminant(&b.residual)
        }
        _ => a == b,
    }
}

/// The same with every map changed.
fn changed(now: &Scoring, change: impl Fn(Score) -> Score) -> Option<Scoring> {
    let one = |part: &Part| match part.measure {
        Measure::Map(score) => Part { measure: Measure::Map(change(score)), ..*part },
        Measure::Code(_) | Measure::Own => *part,
    };
    Scoring::new(now.parts().iter().map(one).collect()).ok()
}

fn with_part(now: &Scoring, part: Part) -> Option<Scoring> {
    let mut parts = now.parts().to_vec();
    parts.push(part);
    Scoring::new(parts).ok()
}

/// A measure of a fusion with its weight to drag, and a way to take it out.
fn weight(ui: &mut Ui, now: &Scoring, index: usize) -> Option<Scoring> {
    let mut parts = now.parts().to_vec();
    let name = parts[index].measure.name();
    let mut changed = false;
    ui.horizontal(|ui| {
        ui.add_space(20.0);
        let field = ui.add(DragValue::new(&mut parts[index].weight).range(WEIGHTS).speed(0.02).max_decimals(2));
        field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, format!("Weight of {name}")));
        changed = field.changed();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(space::S);
            let button = ui.small_button("Remove");
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remove {name}")));
            if button.clicked() {
                parts.remove(index);
                changed = true;
            }
            // A long name is cut, with all of it on hover.
            let text = egui::RichText::new(name).color(theme::of(ui).text);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(text).truncate()));
        });
    });
    if changed { Scoring::new(parts).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::domain::Architecture;
    use crate::ui::state::examples;

    fn click(now: &str, line: &str) -> Option<String> {
        let model = examples::model("ae-1", Architecture::Autoencoder);
        let now: Scoring = now.parse().expect("a score");
        let mut chosen = None;
        {
            let mut harness = crate::ui::widgets::harness(|ui| {
                if let Some(scoring) = score_menu(ui, &model, &now, 480.0) {
                    chosen = Some(scoring.slug());
                }
            });
            harness.run();
            // The menu is longer than the harness's window.
            harness.get_by_label(line).click_accesskit();
            harness.run();
        }
        chosen
    }

    #[test]
    fn lines_change_one_thing_and_keep_the_rest() {
        let now = "blurred-central-jitter";
        assert_eq!(click(now, "Missing edges").as_deref(), Some("gradient-central-jitter"));
        assert_eq!(click(now, "Whole image").as_deref(), Some("blurred-jitter"));
        assert_eq!(click(now, "In the lungs").as_deref(), Some("blurred-lungs-jitter"));
        assert_eq!(click(now, "Least of nine shifts").as_deref(), Some("blurred-central"));
        assert_eq!(
            click(now, "+ Missing edges").as_deref(),
            Some("blurred-central-jitter+0.5*gradient-central-jitter")
        );
        assert_eq!(click(now, "Haze in the lungs"), Some(Scoring::haze().slug()));
        assert_eq!(click("mse+2*knn", "Remove Code: nearest neighbours").as_deref(), Some("mse"));
        assert_eq!(click("knn", "Blurred difference, central, shifts").as_deref(), Some(now), "as trained");
    }

    #[test]
    fn without_a_lung_mask_its_line_is_dimmed() {
        let mut model = examples::model("ae-1", Architecture::Autoencoder);
        std::sync::Arc::make_mut(&mut model).abilities.lungs = false;
        let mut harness = crate::ui::widgets::harness(|ui| {
            assert!(score_menu(ui, &model, &model.own_score(), 480.0).is_none());
        });
        harness.run();
        let line = harness.get_by_role_and_label(Role::MenuItem, "In the lungs");
        assert!(line.accesskit_node().is_disabled());
    }

    #[test]
    fn what_a_model_cannot_do_is_not_offered() {
        let model = examples::model("ae-1", Architecture::Autoencoder);
        let mut harness = crate::ui::widgets::harness(|ui| {
            score_menu(ui, &model, &model.own_score(), 480.0);
        });
        harness.run();
        assert!(harness.query_by_role_and_label(Role::MenuItem, "Code: KL divergence").is_none());
        assert!(harness.query_by_role_and_label(Role::MenuItem, "Error / predicted variance").is_none());
        harness.get_by_role_and_label(Role::MenuItem, "Code: nearest neighbours");
    }

    #[test]
    fn the_line_pointed_at_is_explained_and_no_line_is_wider_than_the_menu() {
        let model = examples::model("ae-1", Architecture::Autoencoder);
        let now: Scoring = "blurred-central-jitter+mahalanobis+knn".parse().expect("a score");
        let mut harness = crate::ui::widgets::harness(|ui| {
            score_menu(ui, &model, &now, 240.0);
        });
        harness.run();
        harness.get_by_label(&now.sentence());
        harness.get_by_role_and_label(Role::MenuItem, "Missing edges").hover();
        harness.run();
        harness.get_by_label(Residual::GRADIENT.meaning());
        for line in harness.get_all_by_role(Role::MenuItem) {
            assert!(line.rect().width() <= WIDTH);
        }
        let remove = harness.get_by_role_and_label(Role::Button, "Remove Code: likelihood (Mahalanobis)");
        let left = harness.get_by_label(Residual::GRADIENT.meaning()).rect().left();
        assert!(remove.rect().right() <= left + WIDTH);
    }
}
