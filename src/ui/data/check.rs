//! What the check of the data set found, worst first.

use egui::{
    Align, Align2, Color32, CornerRadius, Layout, Popup, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use crate::domain::{DataSetSummary, Finding, FindingAction, Severity};
use crate::engine::message::DataOptions;
use crate::ui::command::{Commands, UiCommand};
use crate::ui::data::filter::{About, Filter};
use crate::ui::data::{details, progress, reopen, report, words};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, Theme, font, space};
use crate::ui::widgets::{Button, Card, EmptyState, link, menu_item, paint};

const HEADER: f32 = 42.0;
const ROW: f32 = 35.0;
/// From the card's left edge: centre of the icon, title, right edge of the figure, explanation.
const ICON: f32 = 23.0;
const TITLE: f32 = 42.0;
const FIGURE: f32 = 401.0;
const EXPLANATION: f32 = 425.0;

pub fn ui(ui: &mut Ui, rect: Rect, state: &State, data: &DataSetSummary, filter: &mut Filter, commands: &mut Commands) {
    Card::new(rect).padding(0.0).show(ui, |ui| {
        let header = Rect::from_min_size(rect.min, vec2(rect.width(), HEADER));
        let rows = Rect::from_min_max(pos2(rect.left(), header.bottom()), rect.max);
        header_ui(ui, header, state, data, commands);
        match &state.findings {
            Some((findings, _)) => rows_ui(ui, rows, findings, data, filter, commands),
            None => waiting_ui(ui, rows, state, data, commands),
        }
    });
}

fn look(severity: Severity, theme: &Theme) -> (&'static str, Color32) {
    match severity {
        Severity::Problem => (icons::X_CIRCLE, theme.bad),
        Severity::Caution => (icons::WARNING, theme.caution),
        Severity::Note => (icons::INFO, theme.secondary),
        Severity::Fine => (icons::CHECK_CIRCLE, theme.good),
    }
}

fn word(severity: Severity, count: usize) -> String {
    match severity {
        Severity::Problem => words::counted(count, "problem", "problems"),
        Severity::Caution => words::counted(count, "caution", "cautions"),
        Severity::Note => words::counted(count, "note", "notes"),
        Severity::Fine => format!("{count} fine"),
    }
}

fn header_ui(ui: &mut Ui, rect: Rect, state: &State, data: &DataSetSummary, commands: &mut Commands) {
    let theme = theme::of(ui);
    let inner = rect.shrink2(vec2(space::CARD, 0.0));
    let middle = inner.center().y;
    let title = "Data-set check";
    let placed =
        paint::text(ui.painter(), inner.left_center(), Align2::LEFT_CENTER, title, font::card_title(), theme.text);
    let heading = ui.interact(placed, ui.scope_id().with(title), Sense::hover());
    heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    let Some((findings, took_secs)) = &state.findings else { return };
    let mut x = placed.right() + 18.0;
    for severity in [Severity::Problem, Severity::Caution, Severity::Note, Severity::Fine] {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        if count == 0 {
            continue;
        }
        let (glyph, color) = look(severity, theme);
        paint::filled_icon(ui.painter(), pos2(x + 6.0, middle), glyph, 13.0, color);
        let at = pos2(x + 18.0, middle);
        let words = word(severity, count);
        let text = paint::text(ui.painter(), at, Align2::LEFT_CENTER, &words, font::caption(), theme.secondary);
        let label = ui.interact(text, ui.scope_id().with(("count", severity)), Sense::hover());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        x = text.right() + 14.0;
    }
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)), |ui| {
        let export = ui.add(Button::secondary("Export").icon(icons::EXPORT).name("Export the check"));
        Popup::menu(&export).gap(4.0).show(|ui| export_menu(ui, state, data, findings, commands));
        ui.add_space(4.0);
        let when = format!("checked {} in {took_secs:.1} s", state.checked_at);
        ui.label(egui::RichText::new(when).font(font::caption()).color(theme.secondary));
    });
}

fn export_menu(ui: &mut Ui, state: &State, data: &DataSetSummary, findings: &[Finding], commands: &mut Commands) {
    ui.set_min_width(260.0);
    for (label, names) in [("Figures only…", false), ("With file and patient names…", true)] {
        if menu_item(ui, label, "", None, false).clicked() {
            commands.push(UiCommand::SaveText {
                suggested_name: report::file_name(data),
                text: report::text(data, findings, &state.checked_at, names),
            });
        }
    }
}

/// The check runs, or did not end.
fn waiting_ui(ui: &mut Ui, rect: Rect, state: &State, data: &DataSetSummary, commands: &mut Commands) {
    if let Some(job) = state.opening() {
        let place = Rect::from_center_size(rect.center(), vec2(420.0, progress::HEIGHT));
        progress::ui(ui, place, job, commands);
    } else if EmptyState::new(icons::LIST_CHECKS, "This data set has not been checked.")
        .button("Check now")
        .show(ui, rect)
    {
        let options = DataOptions { split_seed: data.split_seed, without_copies: data.without_copies };
        reopen(data, options, commands);
    }
}

fn rows_ui(
    ui: &mut Ui,
    rect: Rect,
    findings: &[Finding],
    data: &DataSetSummary,
    filter: &mut Filter,
    commands: &mut Commands,
) {
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("findings").auto_shrink([false, false]).show(ui, |ui| {
            for finding in findings {
                let (row, _) = ui.allocate_exact_size(vec2(rect.width(), ROW), Sense::hover());
                ui.push_id(&finding.title, |ui| row_ui(ui, row, finding, data, filter, commands));
            }
        });
    });
}

fn row_ui(
    ui: &mut Ui,
    row: Rect,
    finding: &Finding,
    data: &DataSetSummary,
    filter: &mut Filter,
    commands: &mut Commands,
) {
    let theme = theme::of(ui);
    let shown = filter.about == Some(About::Finding(finding.title.clone()));
    if shown {
        ui.painter().rect_filled(row.shrink2(vec2(1.0, 0.0)), CornerRadius::ZERO, theme.raised);
    }
    ui.painter().hline(row.x_range(), row.top(), theme.hairline_stroke());
    let (glyph, color) = look(finding.severity, theme);
    let middle = row.center().y;
    let at = |x: f32| row.left() + x;
    paint::filled_icon(ui.painter(), pos2(at(ICON), middle), glyph, 15.0, color);
    let fine = finding.severity == Severity::Fine;
    let (title_font, title_ink) =
        if fine { (font::body(), theme.secondary) } else { (font::body_strong(), theme.text) };
    let figure = paint::text(
        ui.painter(),
        pos2(at(FIGURE), middle),
        Align2::RIGHT_CENTER,
        &finding.figure,
        font::body(),
        theme.text,
    );
    let title = Rect::from_min_max(pos2(at(TITLE), row.top()), pos2(figure.left() - 12.0, row.bottom()));
    paint::line(ui, title, &finding.title, title_font, title_ink);
    let links = links_ui(ui, row.shrink2(vec2(space::CARD, 0.0)), finding, data, shown, filter, commands);
    let explanation = Rect::from_min_max(pos2(at(EXPLANATION), row.top()), pos2(links - 16.0, row.bottom()));
    paint::line(ui, explanation, &finding.explanation, font::body(), theme.secondary);
    let read = Rect::from_min_max(row.min, explanation.max);
    let label = ui.interact(read, ui.scope_id().with("finding"), Sense::hover());
    let words = format!("{}: {}. {}", finding.title, finding.figure, finding.explanation);
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    label.on_hover_text(&finding.explanation);
}

/// What can be done about a finding, from the right edge; returns where it begins.
fn links_ui(
    ui: &mut Ui,
    rect: Rect,
    finding: &Finding,
    data: &DataSetSummary,
    shown: bool,
    filter: &mut Filter,
    commands: &mut Commands,
) -> f32 {
    let topic = finding.title.to_lowercase();
    let layout = Layout::right_to_left(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), |ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let listed = !finding.details.is_empty();
        if !finding.samples.is_empty() {
            let (label, name) =
                if shown { ("Show all", "Show all images".to_owned()) } else { ("Show", format!("Show {topic}")) };
            if link(ui, label, &name).clicked() {
                *filter = if shown { Filter::default() } else { Filter::finding(finding) };
            }
            if listed {
                details::ui(ui, "Details", &format!("Details of {topic}"), finding);
            }
        } else if listed {
            details::ui(ui, "Show", &format!("Show {topic}"), finding);
        }
        if finding.action == Some(FindingAction::LeaveOutCopies) && !data.without_copies {
            let button = Button::secondary("Leave out copies").compact();
            if ui.add(button).on_hover_text("Open the folder again with one file of each content").clicked() {
                reopen(data, DataOptions { split_seed: data.split_seed, without_copies: true }, commands);
            }
        }
        ui.min_rect().left()
    })
    .inner
}
