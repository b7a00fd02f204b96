//! The Train screen: choose, set, start, and watch it learn.

mod about;
mod axis;
mod cards;
mod curves;
mod drafts;
mod ensemble;
mod facts;
mod film;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod flows;
mod foot;
mod labels;
mod layout;
mod legend;
mod live;
mod measure;
mod members;
mod pins;
mod plot;
mod runs;
mod settings;

use std::sync::Arc;

use egui::{Align, Align2, Key, Layout, Modifiers, Rect, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use jiff::civil::Date;

use crate::domain::{JobId, ModelId};
use crate::ui::command::Commands;
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Segmented, glossary, header, paint};

use cards::quiet_button;
use drafts::Drafts;
use ensemble::EnsembleMenu;
use facts::Facts;
use film::Film;
use foot::Foot;
use layout::Places;
use measure::Measure;
use plot::{PlotContent, PlotMemory};
use runs::{Run, Shown};
use settings::{Change, SettingsPane};

/// View state of the Train screen, kept across restarts.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TrainView {
    drafts: Drafts,
    measure: Measure,
    linear: bool,
    shown: Shown,
    film: Film,
    /// All settings are unfolded.
    more: bool,
    /// The chosen architecture is explained under the cards.
    explained: bool,
    /// The run whose figures are shown; what runs, or the newest, when there is none.
    #[serde(skip)]
    focus: Option<ModelId>,
    /// Settings are for the next run while one of the same architecture is being trained.
    #[serde(skip)]
    for_the_next: bool,
    /// The training seen last, to notice when another begins.
    #[serde(skip)]
    seen: Option<JobId>,
    /// Counted when a data set was opened.
    #[serde(skip)]
    facts: Option<Arc<Facts>>,
    #[serde(skip)]
    plot: PlotMemory,
    #[serde(skip)]
    ensemble: EnsembleMenu,
}

impl TrainView {
    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, state: &State, commands: &mut Commands) {
        let places = Places::new(ui.max_rect());
        paint_ground(ui, &places);
        let runs = runs::all(state);
        self.follow(&runs);
        keys(ui, state, commands);
        let facts = self.count(state);
        let facts = facts.as_deref();
        self.left_ui(ui, &places, state, facts, &runs, commands);
        self.curves_ui(ui, &places, &runs, state, commands);
        let focus = self.focused(&runs);
        self.film.ui(ui, places.film, focus, facts, state, commands);
        live::ui(ui, places.right_inner(), focus, state, commands);
    }

    /// What is told of the open data set, counted when it is another.
    fn count(&mut self, state: &State) -> Option<Arc<Facts>> {
        let data = state.data.as_ref()?;
        if self.facts.as_ref().is_none_or(|facts| !Arc::ptr_eq(&facts.data, data)) {
            self.facts = Some(Arc::new(Facts::new(data.clone())));
        }
        self.facts.clone()
    }

    /// When another training begins, the screen turns to it.
    fn follow(&mut self, runs: &[Run<'_>]) {
        let active = runs.first().and_then(|run| Some((run.active?.job, run.architecture())));
        if let Some((job, architecture)) = active
            && self.seen != Some(job)
        {
            self.seen = Some(job);
            self.focus = None;
            self.for_the_next = false;
            self.drafts.architecture = architecture;
        }
    }

    /// The run whose figures and pictures are shown.
    fn focused<'a>(&self, runs: &'a [Run<'a>]) -> Option<&'a Run<'a>> {
        let chosen = self.focus.as_ref().and_then(|id| runs.iter().find(|run| &run.info.id == id));
        let active = || runs.first().filter(|run| run.active.is_some());
        let own = || runs.iter().find(|run| run.architecture() == self.drafts.architecture);
        chosen.or_else(active).or_else(own).or_else(|| runs.first())
    }

    fn left_ui(
        &mut self,
        ui: &mut Ui,
        places: &Places,
        state: &State,
        facts: Option<&Facts>,
        runs: &[Run<'_>],
        commands: &mut Commands,
    ) {
        let pins = facts.map(|facts| self.film.pins.of(facts)).unwrap_or_default();
        let foot = Foot { state, facts, drafts: &self.drafts, runs, pins };
        let (above, below) = places.left_parts(foot.height());
        foot.ui(ui, below, commands);
        // The bar scrolls beside the cards, not over them.
        let with_bar = above.with_max_x(above.right() + 12.0);
        let builder = UiBuilder::new().max_rect(with_bar).layout(Layout::top_down(Align::Min)).id_salt("settings");
        let mut child = ui.new_child(builder);
        child.set_clip_rect(with_bar.expand2(vec2(4.0, 0.0)));
        ScrollArea::vertical().id_salt("settings").auto_shrink([false, false]).show(&mut child, |ui| {
            ui.set_width(above.width());
            let before = self.drafts.architecture;
            cards::ui(ui, &mut self.drafts, state, runs, &mut self.explained, jiff::Zoned::now().date());
            if before != self.drafts.architecture {
                self.for_the_next = false;
            }
            ui.add_space(10.0);
            self.settings_ui(ui, state, runs);
        });
    }

    fn settings_ui(&mut self, ui: &mut Ui, state: &State, runs: &[Run<'_>]) {
        let own = |run: &&Run<'_>| run.active.is_some() && run.architecture() == self.drafts.architecture;
        let running = runs.first().filter(own);
        let locked = running.filter(|_| !self.for_the_next);
        header(ui, 28.0, "Settings", |ui| {
            if locked.is_some() {
                if locked_ui(ui).clicked() {
                    self.for_the_next = true;
                }
            } else if running.is_some() && quiet_button(ui, "for the next run", icons::LOCK_SIMPLE_OPEN).clicked() {
                self.for_the_next = false;
            }
        });
        let settings = locked.map_or_else(|| self.drafts.current(), |run| run.info.settings.clone());
        let pane = SettingsPane { machine: state.machine.as_deref(), locked: locked.is_some() };
        match pane.ui(ui, &settings, &mut self.more) {
            Some(Change::Preset(preset)) => self.drafts.choose(preset),
            Some(Change::Edited(settings)) => self.drafts.edit(*settings),
            None => {}
        }
    }

    fn curves_ui(&mut self, ui: &mut Ui, places: &Places, runs: &[Run<'_>], state: &State, commands: &mut Commands) {
        let today = jiff::Zoned::now().date();
        self.plot_header_ui(ui, places.plot_header);
        self.legend_ui(ui, places.legend, runs, today);
        let visible: Vec<Run<'_>> = runs.iter().filter(|run| self.shown.is_shown(run, runs)).copied().collect();
        let marked = self.focused(runs).and_then(|run| {
            let newest = run
                .active
                .and(run.live)
                .and_then(|live| Some(live.batches.last()?.0 as f64 / f64::from(live.steps_per_epoch.max(1))));
            let epoch = self.film.scrubbed(run).map(f64::from).or(newest)?;
            Some((epoch, theme::of(ui).series(run.architecture().series())))
        });
        let content = PlotContent {
            measure: self.measure,
            log: !self.linear,
            runs: &visible,
            any_runs: !runs.is_empty(),
            planned_epochs: self.drafts.current().epochs,
            marked,
            today,
        };
        self.plot.ui(ui, places.plot, &content);
        plot::key_ui(ui, places.key);
        self.ensemble.ui(ui, places.key, runs, state, today, commands);
    }

    fn legend_ui(&mut self, ui: &mut Ui, place: Rect, runs: &[Run<'_>], today: Date) {
        let chosen = legend::ui(ui, place, runs, &mut self.shown, self.focus.as_ref(), today).chosen;
        if let Some(chosen) = chosen {
            // A second click lets go.
            self.focus = Some(chosen).filter(|chosen| self.focus.as_ref() != Some(chosen));
        }
    }

    fn plot_header_ui(&mut self, ui: &mut Ui, place: Rect) {
        let theme = theme::of(ui);
        let (title, unit) = self.measure.title();
        let placed = paint::line(ui, place, title, font::card_title(), theme.text);
        let heading = ui.interact(placed, ui.scope_id().with("plot title"), Sense::hover());
        heading.widget_info(|| WidgetInfo::labeled(egui::Role::Heading, true, title));
        glossary::explain(heading, title);
        let at = placed.right_center() + vec2(12.0, 0.0);
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, unit, font::caption(), theme.secondary);
        let layout = Layout::right_to_left(Align::Center);
        let mut right = ui.new_child(UiBuilder::new().max_rect(place).layout(layout).id_salt("plot header"));
        right.spacing_mut().item_spacing.x = 12.0;
        Segmented::new("Scale")
            .option(false, "Log")
            .option(true, "Linear")
            .compact()
            .show(&mut right, &mut self.linear);
        let mut control = Segmented::new("Loss").compact();
        for measure in Measure::ALL {
            control = control.option(measure, measure.label()).tooltip(measure.explanation());
        }
        control.show(&mut right, &mut self.measure);
    }
}

/// The two columns stand on a surface, the curves on the window.
fn paint_ground(ui: &Ui, places: &Places) {
    let theme = theme::of(ui);
    let painter = ui.painter();
    painter.rect_filled(places.centre, egui::CornerRadius::ZERO, theme.window);
    for column in [places.left, places.right] {
        painter.rect_filled(column, egui::CornerRadius::ZERO, theme.surface);
    }
    painter.vline(places.left.right(), places.left.y_range(), theme.hairline_stroke());
    painter.vline(places.right.left(), places.right.y_range(), theme.hairline_stroke());
    painter.hline(places.centre.x_range(), places.divider, theme.hairline_stroke());
}

/// A lock: the settings shown are those being trained with. A click opens them for the next run.
fn locked_ui(ui: &mut Ui) -> egui::Response {
    let theme = theme::of(ui);
    let words = "while training";
    let width = paint::width(ui, words, font::sized(12.0, false)) + 20.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, "Locked while training"));
    let ink = if response.hovered() || response.has_focus() { theme.text } else { theme.secondary };
    paint::icon(ui.painter(), rect.left_center() + vec2(6.5, 0.0), icons::LOCK_SIMPLE, 14.0, ink);
    let at = rect.left_center() + vec2(20.0, 0.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, words, font::sized(12.0, false), ink);
    response
        .on_hover_text("These are the settings of the run that is being trained. Click to set those of the next one.")
}

/// Space pauses and goes on; Ctrl+E saves the log. Not while something that takes keys has the focus.
fn keys(ui: &Ui, state: &State, commands: &mut Commands) {
    if ui.memory(|memory| memory.focused().is_some()) {
        return;
    }
    if let Some(job) = state.training_job()
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space))
    {
        foot::toggle_pause(job, commands);
    }
    if !state.log.is_empty() && ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::E)) {
        live::export_log(state, commands);
    }
}
