//! Who is used for what: four rows, and a way to draw the validation images anew.

use egui::{Align2, CornerRadius, Popup, PopupCloseBehavior, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::domain::{DataSetSummary, Label, Split, thousands};
use crate::engine::message::DataOptions;
use crate::ui::command::Commands;
use crate::ui::data::{reopen, words};
use crate::ui::state::State;
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Button, Card, NumberField, glossary, link, paint, paint_class_mark};

/// Height of a row.
const ROW: f32 = 40.0;
const HEADER: f32 = 40.0;
/// Where the two columns of figures begin, from the card's left edge, and their width.
const COLUMNS: [f32; 2] = [147.0, 247.0];
const COLUMN_WIDTH: f32 = 87.0;
/// Seeds that a number field can hold exactly.
const MAX_SEED: f64 = 9_007_199_254_740_991.0;

const ROWS: [(Split, &str); 4] = [
    (Split::Train, "fits the models"),
    (Split::Validation, "thresholds"),
    (Split::Development, "never fitted"),
    (Split::Test, "reported once"),
];

/// What is being changed and not yet carried out.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    seed: f64,
    without_copies: bool,
}

impl Draft {
    fn of(data: &DataSetSummary) -> Self {
        Self { seed: data.split_seed as f64, without_copies: data.without_copies }
    }

    fn options(self) -> DataOptions {
        DataOptions { split_seed: self.seed as u64, without_copies: self.without_copies }
    }
}

pub fn ui(ui: &mut Ui, rect: Rect, state: &State, draft: &mut Option<Draft>, commands: &mut Commands) {
    let data = state.data.as_deref();
    Card::new(rect).padding(0.0).show(ui, |ui| {
        header(ui, rect, data);
        let most = ROWS
            .iter()
            .flat_map(|(split, _)| [Label::Healthy, Label::Diseased].map(|label| count(data, *split, label)))
            .max()
            .unwrap_or(0);
        for (index, (split, use_)) in ROWS.into_iter().enumerate() {
            let top = rect.top() + HEADER + index as f32 * ROW;
            let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW));
            row_ui(ui, row, data, split, use_, most);
        }
        let below = rect.top() + HEADER + 4.0 * ROW;
        line(ui, rect, below);
        let footer = Rect::from_min_max(
            pos2(rect.left() + space::CARD, below),
            pos2(rect.right() - space::CARD, (below + 37.0).min(rect.bottom())),
        );
        footer_ui(ui, footer, state, draft, commands);
    });
}

fn count(data: Option<&DataSetSummary>, split: Split, label: Label) -> usize {
    data.map_or(0, |data| data.count(split, label))
}

fn line(ui: &Ui, card: Rect, y: f32) {
    let theme = theme::of(ui);
    ui.painter().hline((card.left() + space::CARD)..=(card.right() - space::CARD), y, theme.hairline_stroke());
}

fn header(ui: &mut Ui, card: Rect, data: Option<&DataSetSummary>) {
    let theme = theme::of(ui);
    let middle = card.top() + HEADER / 2.0;
    let at = pos2(card.left() + space::CARD, middle);
    let placed = paint::text(ui.painter(), at, Align2::LEFT_CENTER, "Split", font::card_title(), theme.text);
    let heading = ui.interact(placed, ui.scope_id().with("split heading"), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Split"));
    let diseased = data.map_or_else(|| "diseased".to_owned(), |data| words::diseased_word(data).to_lowercase());
    let names = [(Label::Healthy, "healthy".to_owned()), (Label::Diseased, diseased)];
    for ((label, name), column) in names.into_iter().zip(COLUMNS) {
        let x = card.left() + column;
        paint_class_mark(ui.painter(), pos2(x + 4.5, middle), 4.5, label, theme.secondary);
        paint::text(ui.painter(), pos2(x + 14.0, middle), Align2::LEFT_CENTER, name, font::caption(), theme.secondary);
    }
}

fn row_ui(ui: &mut Ui, row: Rect, data: Option<&DataSetSummary>, split: Split, use_: &str, most: usize) {
    let theme = theme::of(ui);
    line(ui, row, row.top());
    let left = row.left() + space::CARD;
    let name = pos2(left, row.top() + 13.0);
    paint::text(ui.painter(), name, Align2::LEFT_CENTER, split.name(), font::body(), theme.text);
    let below = pos2(left, row.top() + 28.0);
    paint::text(ui.painter(), below, Align2::LEFT_CENTER, use_, font::caption(), theme.secondary);
    let counts = [Label::Healthy, Label::Diseased].map(|label| count(data, split, label));
    for ((count, column), fill) in counts.into_iter().zip(COLUMNS).zip([theme.healthy, theme.diseased]) {
        let x = row.left() + column;
        let middle = pos2(x, row.top() + 15.0);
        if count == 0 {
            paint::text(ui.painter(), middle, Align2::LEFT_CENTER, "–", font::body(), theme.disabled);
            continue;
        }
        paint::text(ui.painter(), middle, Align2::LEFT_CENTER, thousands(count), font::body(), theme.text);
        let track = Rect::from_min_size(pos2(x, row.top() + 26.0), vec2(COLUMN_WIDTH, 4.0));
        ui.painter().rect_filled(track, CornerRadius::same(2), theme.hairline);
        let share = (count as f32 / most.max(1) as f32).max(4.0 / COLUMN_WIDTH);
        let bar = Rect::from_min_size(track.min, vec2(COLUMN_WIDTH * share, 4.0));
        ui.painter().rect_filled(bar, CornerRadius::same(2), fill);
    }
    let response = ui.interact(row, ui.scope_id().with(("split", split.name())), Sense::hover());
    let [healthy, diseased] = counts.map(thousands);
    let words = format!("{}: {healthy} healthy, {diseased} diseased, {use_}", split.name());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    glossary::explain(response, split.name());
}

fn footer_ui(ui: &mut Ui, rect: Rect, state: &State, draft: &mut Option<Draft>, commands: &mut Commands) {
    let theme = theme::of(ui);
    let Some(data) = &state.data else { return };
    let unlabelled = data.samples.iter().filter(|sample| sample.split == Split::Unlabelled).count();
    if unlabelled == data.samples.len() {
        let words = format!("{} without labels, for scoring only", thousands(unlabelled));
        paint::line(ui, rect, &words, font::caption(), theme.secondary);
        return;
    }
    let place =
        Rect::from_min_max(pos2(rect.right() - 48.0, rect.center().y - 10.0), pos2(rect.right(), rect.bottom()));
    let words = Rect::from_min_max(rect.min, pos2(place.left() - 8.0, rect.bottom()));
    paint::line(ui, words, &provenance(data), font::caption(), theme.secondary);
    let change = ui
        .scope_builder(UiBuilder::new().max_rect(place), |ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| link(ui, "Change", "Change the split"))
                .inner
        })
        .inner;
    let opened = Popup::menu(&change)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .gap(6.0)
        .width(300.0)
        .show(|ui| form(ui, data, draft.get_or_insert_with(|| Draft::of(data)), commands));
    if opened.is_none() {
        *draft = None;
    }
}

/// How the validation images were chosen.
fn provenance(data: &DataSetSummary) -> String {
    let copies = if data.without_copies { ", no copies" } else { "" };
    let named = data.samples.iter().any(|sample| sample.patient.is_some());
    let by = if named { "by patient" } else { "image by image" };
    format!("Held out {by}, 15\u{2009}% of train healthy, seed {}{copies}", data.split_seed)
}

fn form(ui: &mut Ui, data: &DataSetSummary, draft: &mut Draft, commands: &mut Commands) {
    let theme = theme::of(ui);
    egui::Frame::new().inner_margin(egui::Margin::same(8)).show(ui, |ui| {
        ui.set_width(270.0);
        ui.horizontal(|ui| {
            ui.label("Split seed");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add(NumberField::new("Split seed", &mut draft.seed).clamp(0.0, MAX_SEED));
            });
        });
        // The edge of an empty box has to be seen.
        ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, theme.secondary);
        ui.checkbox(&mut draft.without_copies, "Leave out exact copies");
        let note = "Another seed holds out other patients. Trained models keep the split they were trained with.";
        let note = egui::RichText::new(note).font(font::caption()).color(theme.secondary);
        ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| ui.label(note));
        ui.add_space(2.0);
        let changed = draft.options() != Draft::of(data).options();
        let apply = ui.add_enabled(changed, Button::primary("Split again"));
        if apply.on_disabled_hover_text("Nothing has been changed").clicked() {
            reopen(data, draft.options(), commands);
            ui.close();
        }
    });
}
