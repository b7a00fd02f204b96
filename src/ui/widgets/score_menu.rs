//! The menu of what a model scores by: a measure, where and in which position, and what is added to it.

use egui::{DragValue, Response, Ui};

use crate::domain::{Abilities, CodeMeasure, Measure, ModelInfo, Part, Region, Residual, Score, Scoring};
use crate::ui::theme;
use crate::ui::widgets::{menu_item, menu_label};

/// Weight of a measure that is added.
const ADDED: f64 = 0.5;
/// Weights that can be dragged to.
const WEIGHTS: std::ops::RangeInclusive<f64> = 0.05..=10.0;

/// Draws the menu's lines; gives another score when one was chosen. Each line says on hover what it means.
pub fn score_menu(ui: &mut Ui, model: &ModelInfo, now: &Scoring) -> Option<Scoring> {
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    let own = model.own_score();
    let caption = if *now == own { "" } else { "as trained" };
    if menu_item(ui, &own.name(), caption, None, *now == own).on_hover_text(own.meaning()).clicked() {
        chosen = Some(own);
    }
    let haze = Scoring::haze();
    if haze.lacking(model.abilities).is_none() {
        let caption = if model.is_calibrated(&haze) { "for chest X-rays" } else { "to be calibrated" };
        if menu_item(ui, &haze.name(), caption, None, *now == haze).on_hover_text(haze.meaning()).clicked() {
            chosen = Some(haze);
        }
    }
    menu_label(ui, "Measure");
    let template = now.first_map().unwrap_or(Score::MSE);
    for measure in offered(model.abilities, template) {
        let part = now.parts().iter().find(|part| same_kind(part.measure, measure));
        let ready = if model.is_calibrated(&measure.into()) { "" } else { "to be calibrated" };
        if explained(menu_item(ui, measure.name(), ready, None, part.is_some()), measure).clicked() {
            chosen = Some(measure.into());
        }
    }
    if let Some(map) = now.first_map() {
        menu_label(ui, "Where and how");
        for region in Region::ALL {
            chosen = region_line(ui, model, now, region, map.region == region).or(chosen);
        }
        let shifted = map.jitter > 0.0;
        let line = menu_item(ui, "Least of nine shifts", "", None, shifted);
        if line
            .on_hover_text("The image is shifted to where it looks most healthy, so that position does not count.")
            .clicked()
        {
            chosen = changed(now, |score| Score { jitter: if shifted { 0.0 } else { Score::JITTER }, ..score });
        }
    }
    menu_label(ui, "Add, in σ of healthy images");
    for measure in offered(model.abilities, template) {
        if now.parts().iter().any(|part| same_kind(part.measure, measure)) {
            continue;
        }
        let name = format!("+ {}", measure.name());
        if explained(menu_item(ui, &name, "", None, false), measure).clicked() {
            chosen = with_part(now, Part { measure, weight: ADDED });
        }
    }
    if now.parts().len() > 1 {
        menu_label(ui, "Weights");
        for index in 0..now.parts().len() {
            chosen = weight(ui, now, index).or(chosen);
        }
    }
    chosen
}

/// Dimmed, with the reason, where the score cannot be taken there.
fn region_line(ui: &mut Ui, model: &ModelInfo, now: &Scoring, region: Region, selected: bool) -> Option<Scoring> {
    let there = changed(now, |score| Score { region, ..score })?;
    let lacking = there.lacking(model.abilities);
    let ready = if model.is_calibrated(&there) { "" } else { "to be calibrated" };
    let line = ui.add_enabled_ui(lacking.is_none(), |ui| menu_item(ui, region.name(), ready, None, selected)).inner;
    let line = line.on_hover_text(region.meaning());
    let line =
        if let Some(lacking) = lacking { line.on_disabled_hover_text(format!("Not here: {lacking}.")) } else { line };
    line.clicked().then_some(there)
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

fn explained(line: Response, measure: Measure) -> Response {
    line.on_hover_text(measure.meaning())
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
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, format!("Weight of {name}")));
        changed = field.changed();
        ui.label(egui::RichText::new(name).color(theme::of(ui).text));
        let button = ui.small_button("Remove");
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Remove {name}")));
        if button.clicked() {
            parts.remove(index);
            changed = true;
        }
    });
    if changed { Scoring::new(parts).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use egui::Role;
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
                if let Some(scoring) = score_menu(ui, &model, &now) {
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
            assert!(score_menu(ui, &model, &model.own_score()).is_none());
        });
        harness.run();
        let line = harness.get_by_role_and_label(Role::MenuItem, "In the lungs");
        assert!(line.accesskit_node().is_disabled());
    }

    #[test]
    fn what_a_model_cannot_do_is_not_offered() {
        let model = examples::model("ae-1", Architecture::Autoencoder);
        let mut harness = crate::ui::widgets::harness(|ui| {
            score_menu(ui, &model, &model.own_score());
        });
        harness.run();
        assert!(harness.query_by_role_and_label(Role::MenuItem, "Code: KL divergence").is_none());
        assert!(harness.query_by_role_and_label(Role::MenuItem, "Error / predicted variance").is_none());
        harness.get_by_role_and_label(Role::MenuItem, "Code: nearest neighbours");
    }
}
