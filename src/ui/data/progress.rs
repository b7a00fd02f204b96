//! How far the opening of a folder is, with a way to stop it.

use egui::{Align2, Rect, Ui, UiBuilder, pos2, vec2};

use crate::domain::thousands;
use crate::engine::message::EngineCommand;
use crate::ui::command::Commands;
use crate::ui::state::{JobStage, JobView};
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Button, ProgressBar, paint};

/// Height of the bar with its words.
pub const HEIGHT: f32 = 58.0;

/// Draws a bar over words and a Cancel button.
pub fn ui(ui: &mut Ui, rect: Rect, job: &JobView, commands: &mut Commands) {
    let theme = theme::of(ui);
    let (share, words) = describe(job);
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), 12.0));
    ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
        ui.add(ProgressBar::new("Opening the folder", share).width(bar.width()));
    });
    let cancel = Button::secondary("Cancel").name("Cancel opening");
    let width = cancel.natural_width(ui);
    let middle = bar.bottom() + 6.0 + 14.0;
    let place = Rect::from_min_size(pos2(rect.right() - width, middle - 14.0), vec2(width, 28.0));
    let line = Rect::from_min_max(pos2(rect.left(), middle - 14.0), pos2(place.left() - 8.0, middle + 14.0));
    let placed = paint::line(ui, line, &words, font::body(), theme.secondary);
    let label = ui.interact(placed, ui.scope_id().with("opening words"), egui::Sense::hover());
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    if let Some(left) = job.progress.as_ref().and_then(|progress| progress.left_secs)
        && left >= 1.0
    {
        let text = format!("about {left:.0} s left");
        let at = pos2(rect.left(), middle + 16.0);
        paint::text(ui.painter(), at, Align2::LEFT_TOP, text, font::caption(), theme.secondary);
    }
    if ui.scope_builder(UiBuilder::new().max_rect(place), |ui| ui.add(cancel).clicked()).inner {
        commands.engine(EngineCommand::Stop { job: job.id });
    }
}

/// The share that is done, as far as it is known, and what is being done.
fn describe(job: &JobView) -> (Option<f32>, String) {
    let Some(progress) = &job.progress else {
        let words = if job.stage == JobStage::Queued { "Waiting" } else { "Looking for images" };
        return (None, words.to_owned());
    };
    match (progress.done, progress.total) {
        (0, 0) => (None, progress.stage.clone()),
        (done, 0) => (None, format!("{}: {}", progress.stage, thousands(done as usize))),
        (done, total) => {
            let words = format!("{}: {} of {}", progress.stage, thousands(done as usize), thousands(total as usize));
            (Some(done as f32 / total as f32), words)
        }
    }
}
