//! At the right: the figures of the run one looks at, and the log.

use egui::{Align, Align2, Color32, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::domain::{Component, RunInfo, RunStatus, thousands};
use crate::ui::command::{Commands, UiCommand};
use crate::ui::icons;
use crate::ui::state::{LogLine, State};
use crate::ui::theme::{self, Theme, font};
use crate::ui::train::axis;
use crate::ui::train::runs::Run;
use crate::ui::widgets::{IconButton, Sparkline, glossary, header, paint};

/// Room for units at the right of figures.
const UNITS: f32 = 38.0;
const ROW: f32 = 26.0;
const LOG_ROW: f32 = 18.0;

/// The figures of a run as it stands.
#[derive(Debug, Default, PartialEq)]
pub struct Figures {
    /// The last measured while it runs, that of the kept checkpoint afterwards; and its epoch.
    pub auroc: Option<(f64, u32)>,
    pub epoch: u32,
    pub epochs: u32,
    pub best_epoch: Option<u32>,
    pub validation_error: Option<f64>,
    pub elapsed_secs: Option<f64>,
    pub left_secs: Option<f64>,
    /// Of the whole program, while this run was trained; known of runs that are not being trained now.
    pub cpu_secs: Option<f64>,
    pub images_per_s: Option<f64>,
}

/// Works out the figures.
pub fn figures(run: &Run<'_>, state: &State) -> Figures {
    let last = run.last_epoch();
    let active = run.active.is_some();
    // What is kept of an ended run is its best checkpoint, so that is what is reported of it.
    let told = if active { last } else { run.best_epoch().or(last) };
    let measured = |active: bool| {
        let auroc = |record: &crate::domain::EpochRecord| Some((record.development_auroc?, record.epoch));
        if active { run.epochs().rev().find_map(auroc) } else { told.and_then(auroc) }
    };
    let job = run.active.and_then(|active| state.job(active.job));
    let progress = job.and_then(|job| job.progress.as_ref());
    let goes_on = job.is_some_and(|job| !job.stopping) && run.active.is_some_and(|active| !active.paused);
    Figures {
        auroc: measured(active).or_else(|| measured(true)),
        epoch: last.map_or(0, |record| record.epoch),
        epochs: run.info.settings.epochs,
        best_epoch: run.best_epoch().map(|record| record.epoch),
        validation_error: told.and_then(|record| record.validation.get(Component::Recon)),
        elapsed_secs: elapsed_secs(run),
        cpu_secs: last.filter(|_| !active).and_then(|record| record.cpu_secs),
        left_secs: progress.filter(|_| goes_on).and_then(|progress| progress.left_secs),
        images_per_s: progress
            .and_then(|progress| progress.images_per_s)
            .or_else(|| last.map(|record| record.images_per_s)),
    }
}

/// Up to the last epoch, and the share of the next that its batches make.
fn elapsed_secs(run: &Run<'_>) -> Option<f64> {
    let mut newest = run.epochs().rev();
    let last = newest.next()?;
    let before = newest.next().map_or(0.0, |record| record.elapsed_secs);
    let begun = run.active.and(run.live).and_then(|live| {
        let (step, _) = live.batches.last()?;
        let share = *step as f64 / f64::from(live.steps_per_epoch.max(1)) - f64::from(last.epoch);
        Some(share.clamp(0.0, 1.0))
    });
    Some(last.elapsed_secs + begun.unwrap_or(0.0) * (last.elapsed_secs - before).max(0.0))
}

/// Seconds as "1:04" with "min", or "1:04:10" with "h".
pub fn duration(secs: f64) -> (String, &'static str) {
    let secs = secs.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 {
        (format!("{hours}:{minutes:02}:{seconds:02}"), "h")
    } else {
        (format!("{minutes}:{seconds:02}"), "min")
    }
}

/// "Quick figure on 96 of 201 held-out healthy, 96 of 1,000 diseased images": what the AUROC of an epoch is of.
fn provenance(run: &RunInfo) -> String {
    let some = |watched: usize, count: u32| {
        let all = thousands(count as usize);
        if watched < count as usize { format!("{watched} of {all}") } else { all }
    };
    let (healthy, diseased) = run.watched_images();
    if diseased == 0 {
        return "No diseased images in the training folder to measure it on".to_owned();
    }
    format!(
        "Quick figure on {} held-out healthy, {} diseased images",
        some(healthy, run.validation_count),
        some(diseased, run.development_count)
    )
}

/// Where the figures of more images stand.
fn of_more_images(run: &RunInfo) -> String {
    let [healthy, diseased] = [run.validation_count, run.development_count].map(|count| thousands(count as usize));
    format!(
        "Measured while training, on few images so that it takes little time. Over {healthy} held-out healthy and {diseased} diseased images it is in metrics.json of the run's folder once the run is complete. Benchmark measures it anew and says over how many."
    )
}

/// How a run stands, in a word: "Live", "Elsewhere", "Stopping…", "Calibrating…", "Result".
fn title(run: &Run<'_>, state: &State) -> String {
    let job = run.active.and_then(|active| state.job(active.job));
    let stage = job.and_then(|job| state.ending(job)).and_then(|stage| stage.split(' ').next());
    match (run.active, run.info.status) {
        (Some(_), _) if job.is_some_and(|job| job.stopping) => "Stopping…".to_owned(),
        (Some(_), _) if stage.is_some() => format!("{}…", stage.unwrap_or_default()),
        (Some(active), _) => if active.paused { "Paused" } else { "Live" }.to_owned(),
        (None, RunStatus::Running) if run.is_elsewhere() => "Elsewhere".to_owned(),
        (None, RunStatus::Running | RunStatus::Interrupted) => "Stopped".to_owned(),
        (None, RunStatus::Diverged) => "Diverged".to_owned(),
        (None, RunStatus::StoppedEarly | RunStatus::Complete) => "Result".to_owned(),
    }
}

/// Draws the column into `place`.
pub fn ui(ui: &mut Ui, place: Rect, run: Option<&Run<'_>>, state: &State, commands: &mut Commands) {
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Min)).id_salt("live"));
    let ui = &mut child;
    ui.spacing_mut().item_spacing.y = 0.0;
    let theme = theme::of(ui);
    header(ui, 26.0, &run.map_or_else(|| "Live".to_owned(), |run| title(run, state)), |ui| {
        if let Some(run) = run {
            ui.label(run.architecture().name());
            let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
            ui.painter().circle_filled(dot.center(), 4.0, theme.series(run.architecture().series()));
        }
    });
    let figures = run.map(|run| figures(run, state)).unwrap_or_default();
    ui.add_space(7.0);
    auroc_ui(ui, run, &figures);
    divider(ui, 12.0, 7.0);
    rows_ui(ui, run, &figures, state);
    divider(ui, 7.0, 6.0);
    let saved = run.map_or(0.0, |_| 28.0);
    let log_height = (place.bottom() - ui.cursor().top() - saved).max(60.0);
    log_ui(ui, log_height, state, commands);
    if let Some(run) = run {
        saved_ui(ui, place, run, commands);
    }
}

fn divider(ui: &mut Ui, above: f32, below: f32) {
    ui.add_space(above);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(line.x_range(), line.center().y, theme::of(ui).hairline_stroke());
    ui.add_space(below);
}

fn auroc_ui(ui: &mut Ui, run: Option<&Run<'_>>, figures: &Figures) {
    let theme = theme::of(ui);
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(vec2(width, 92.0), Sense::hover());
    let caption = match figures.auroc {
        Some((_, epoch)) => format!("Development AUROC, epoch {epoch}"),
        None => "Development AUROC".to_owned(),
    };
    let at = rect.left_top() + vec2(0.0, 8.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, caption, font::caption(), theme.secondary);
    let value = figures.auroc.map_or_else(|| "–".to_owned(), |(auroc, _)| format!("{auroc:.3}"));
    let at = rect.left_top() + vec2(0.0, 35.0);
    let number = paint::text(ui.painter(), at, Align2::LEFT_CENTER, &value, font::hero(), theme.text);
    let hover = ui.interact(number, ui.scope_id().with("auroc"), Sense::hover());
    hover.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Development AUROC {value}")));
    let hover = glossary::explain(hover, "Development AUROC");
    let Some(run) = run else {
        let words = "Measured every epoch on images that are never trained on.";
        let galley = paint::wrapped(ui, words, font::caption(), theme.secondary, width);
        ui.painter().galley(rect.left_top() + vec2(0.0, 55.0), galley, theme.secondary);
        return;
    };
    let history: Vec<f64> = run.epochs().filter_map(|record| record.development_auroc).collect();
    if history.len() > 1 {
        let color = theme.series(run.architecture().series());
        let size = vec2(96.0, 36.0);
        let place = Rect::from_min_size(pos2(rect.right() - size.x, rect.top() + 16.0), size);
        let line = Sparkline::new("Development AUROC over epochs", &history, color, size).dot();
        place_ui(ui, place, line);
    }
    let more = of_more_images(run.info);
    hover.on_hover_text(&more);
    let words = provenance(run.info);
    let galley = paint::wrapped(ui, &words, font::caption(), theme.secondary, width);
    let place = Rect::from_min_size(rect.left_top() + vec2(0.0, 57.0), galley.size());
    ui.painter().galley(place.min, galley, theme.secondary);
    let hover = ui.interact(place, ui.scope_id().with("auroc provenance"), Sense::hover());
    hover.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    hover.on_hover_text(more);
}

fn rows_ui(ui: &mut Ui, run: Option<&Run<'_>>, figures: &Figures, state: &State) {
    let known = run.is_some();
    let or_dash = |text: Option<String>| text.filter(|_| known).unwrap_or_else(|| "–".to_owned());
    row_ui(ui, "Epoch", &or_dash(Some(format!("{} / {}", figures.epoch, figures.epochs))), "", "Epoch");
    row_ui(ui, "Best epoch", &or_dash(figures.best_epoch.map(|epoch| epoch.to_string())), "", "");
    let error = figures.validation_error.map(axis::figure);
    row_ui(ui, "Validation error", &or_dash(error), "", "Reconstruction error");
    // Nothing is left of a run that has ended; then the clock is set beside what the processor worked.
    let second = match figures.cpu_secs {
        Some(secs) => ("Processor time", Some(secs)),
        None => ("Left", figures.left_secs),
    };
    for (name, secs) in [("Elapsed", figures.elapsed_secs), second] {
        let (text, unit) = secs.map_or((None, ""), |secs| {
            let (text, unit) = duration(secs);
            (Some(text), unit)
        });
        row_ui(ui, name, &or_dash(text), unit, "");
    }
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let memory = &state.memory;
    let own = Some(("Memory", (memory.used_bytes, memory.total_bytes)));
    let gpu = memory.gpu_bytes.map(|bytes| ("GPU memory", bytes));
    for (name, (used, total)) in own.into_iter().chain(gpu) {
        let text = (total > 0).then(|| format!("{:.1} / {:.1}", gigabytes(used), gigabytes(total)));
        row_ui(ui, name, &text.unwrap_or_else(|| "–".to_owned()), "GB", "");
    }
    let speed = or_dash(figures.images_per_s.map(|speed| format!("{speed:.0}")));
    let rect = row_ui(ui, "Speed", &speed, "img/s", "");
    if let Some(run) = run {
        let history: Vec<f64> = run.epochs().map(|record| record.images_per_s).collect();
        let size = vec2(58.0, 18.0);
        let right = rect.right() - UNITS - 38.0;
        let place = Rect::from_min_size(pos2(right - size.x, rect.center().y - size.y / 2.0), size);
        if history.len() > 1 {
            let line = Sparkline::new("Speed over epochs", &history, theme::of(ui).secondary, size);
            place_ui(ui, place, line);
        }
    }
}

/// Puts a widget where it is wanted; what follows is laid out as without it.
fn place_ui(ui: &mut Ui, place: Rect, widget: impl egui::Widget) {
    ui.new_child(UiBuilder::new().max_rect(place)).add(widget);
}

/// A name, a figure that ends where the others end, and its unit.
fn row_ui(ui: &mut Ui, name: &str, value: &str, unit: &str, term: &str) -> Rect {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name} {value} {unit}").trim_end()));
    glossary::explain(response, term);
    let painter = ui.painter();
    paint::text(painter, rect.left_center(), Align2::LEFT_CENTER, name, font::body(), theme.secondary);
    let at = rect.right_center() - vec2(UNITS, 0.0);
    paint::text(painter, at, Align2::RIGHT_CENTER, value, font::body(), theme.text);
    let at = rect.right_center() - vec2(UNITS - 5.0, 0.0);
    paint::text(painter, at, Align2::LEFT_CENTER, unit, font::caption(), theme.secondary);
    rect
}

/// The whole log as text, oldest first.
pub fn log_text(lines: &[LogLine]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        text.push_str(&line.time);
        text.push_str(if line.warning { " warning: " } else { " " });
        text.push_str(&line.text);
        text.push('\n');
        text
    })
}

/// Asks where to save the log.
pub fn export_log(state: &State, commands: &mut Commands) {
    commands.push(UiCommand::SaveText { suggested_name: "neuroscan-log.txt".to_owned(), text: log_text(&state.log) });
}

fn log_ui(ui: &mut Ui, height: f32, state: &State, commands: &mut Commands) {
    let theme = theme::of(ui);
    header(ui, 28.0, "Log", |ui| {
        let button = IconButton::new(icons::EXPORT, "Save the log").key("Ctrl+E").side(24.0);
        if ui.add_enabled(!state.log.is_empty(), button).clicked() {
            export_log(state, commands);
        }
    });
    ui.add_space(2.0);
    let area = ScrollArea::vertical().id_salt("log").max_height(height - 30.0).auto_shrink([false, false]);
    area.show_rows(ui, LOG_ROW, state.log.len(), |ui, rows| {
        for index in rows {
            // Newest first.
            let Some(line) = state.log.get(state.log.len() - 1 - index) else { continue };
            log_line_ui(ui, line, theme);
        }
    });
}

fn log_line_ui(ui: &mut Ui, line: &LogLine, theme: &Theme) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LOG_ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &line.text));
    let at = rect.left_center();
    let time = paint::text(ui.painter(), at, Align2::LEFT_CENTER, &line.time, font::mono_small(), theme.secondary);
    let mut left = time.right() + 6.0;
    let mut ink: Color32 = theme.text;
    if line.warning {
        ink = theme.caution;
        paint::icon(ui.painter(), pos2(left + 5.5, rect.center().y), icons::WARNING, 12.0, ink);
        left += 15.0;
    }
    let room = Rect::from_min_max(pos2(left, rect.top()), rect.max);
    let shown = line.short.as_ref().unwrap_or(&line.text);
    let galley = paint::elided(ui, shown, font::mono_small(), ink, room.width());
    let cut = galley.elided || line.short.is_some();
    ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, ink);
    if cut {
        response.on_hover_text(&line.text);
    }
}

/// Where the run is kept; a click opens the folder. A run that diverged says so here.
fn saved_ui(ui: &mut Ui, place: Rect, run: &Run<'_>, commands: &mut Commands) {
    let theme = theme::of(ui);
    let rect = Rect::from_min_max(place.left_bottom() - vec2(0.0, 24.0), place.max);
    if run.active.is_none() && run.info.status == RunStatus::Diverged {
        paint::icon(ui.painter(), rect.left_center() + vec2(6.0, 0.0), icons::WARNING, 13.0, theme.caution);
        let line = Rect::from_min_max(rect.min + vec2(18.0, 0.0), rect.max);
        paint::line(ui, line, "Diverged; last good state kept", font::caption(), theme.caution);
        return;
    }
    let folder = &run.info.folder;
    let mut parts: Vec<_> = folder.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    parts.reverse();
    let prefix = if run.is_growing() { "Saving to" } else { "Saved to" };
    let words = format!("{prefix} {}", parts.join("/"));
    let response = ui.interact(rect, ui.scope_id().with("saved to"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &words));
    let ink = if response.hovered() || response.has_focus() { theme.text } else { theme.secondary };
    paint::line(ui, rect, &words, font::caption(), ink);
    let response = response.on_hover_text(format!("Open {}", folder.display()));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        commands.push(UiCommand::OpenFolderInFileManager(folder.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::JobProgress;
    use crate::engine::message::EngineEvent;
    use crate::ui::train::{fixture, runs};

    #[test]
    fn durations_are_short() {
        assert_eq!(duration(64.4), ("1:04".to_owned(), "min"));
        assert_eq!(duration(7.0), ("0:07".to_owned(), "min"));
        assert_eq!(duration(3_850.0), ("1:04:10".to_owned(), "h"));
        assert_eq!(duration(-1.0), ("0:00".to_owned(), "min"));
    }

    #[test]
    fn figures_are_of_the_newest_epoch_while_it_runs_and_of_the_kept_one_after() {
        let state = fixture::running();
        let all = runs::all(&state);
        let now = figures(&all[0], &state);
        assert_eq!((now.epoch, now.epochs), (12, 50));
        assert_eq!(now.auroc.map(|(_, epoch)| epoch), Some(12));
        assert!(now.left_secs.is_some());
        let stored = all.iter().find(|run| run.live.is_none()).unwrap();
        let kept = figures(stored, &state);
        assert_eq!(kept.auroc.map(|(_, epoch)| epoch), stored.best_epoch().map(|record| record.epoch));
        assert_eq!(kept.left_secs, None);
    }

    #[test]
    fn stopping_and_calibrating_are_said_as_they_begin() {
        let mut state = fixture::running();
        let now = |state: &State| title(&runs::all(state)[0], state);
        assert_eq!(now(&state), "Live");
        let job = state.live[0].job;
        let stage = "Calibrating on healthy images".to_owned();
        let progress = JobProgress { stage, done: 0, total: 0, images_per_s: None, left_secs: None };
        state.apply(EngineEvent::JobProgress { job, progress });
        assert_eq!(now(&state), "Calibrating…");
        assert_eq!(figures(&runs::all(&state)[0], &state).left_secs, None);
        state.stop_asked(job);
        assert_eq!(now(&state), "Stopping…");
    }

    #[test]
    fn the_time_goes_on_within_an_epoch() {
        let mut state = fixture::running();
        let before = elapsed_secs(&runs::all(&state)[0]).unwrap();
        let live = &mut state.live[0];
        let (step, loss) = *live.batches.last().unwrap();
        live.batches.push((step + u64::from(live.steps_per_epoch) / 2, loss));
        assert!(elapsed_secs(&runs::all(&state)[0]).unwrap() > before + 1.0);
    }

    #[test]
    fn the_quick_figure_says_on_how_few_images_it_is() {
        let state = fixture::running();
        let all = runs::all(&state);
        let few = |validation_count, development_count| {
            provenance(&RunInfo { validation_count, development_count, ..all[0].info.clone() })
        };
        assert_eq!(few(201, 1000), "Quick figure on 96 of 201 held-out healthy, 96 of 1,000 diseased images");
        assert_eq!(few(40, 12), "Quick figure on 40 held-out healthy, 12 diseased images");
        assert!(few(40, 0).starts_with("No diseased images"));
        assert!(of_more_images(all[0].info).contains("Over 194 held-out healthy and 1,000 diseased"));
    }

    #[test]
    fn the_log_is_saved_oldest_first_with_warnings_named() {
        let line =
            |warning, text: &str| LogLine { time: "13:05".to_owned(), warning, text: text.to_owned(), short: None };
        let text = log_text(&[line(false, "VAE started, seed 7"), line(true, "disk almost full")]);
        assert_eq!(text, "13:05 VAE started, seed 7\n13:05 warning: disk almost full\n");
    }
}
