//! A few pictures of widgets held to stored ones; made anew with `UPDATE_SNAPSHOTS=1 cargo test --lib snapshots`.

use egui::vec2;
use egui_kittest::{Harness, SnapshotOptions};

use crate::domain::{Calibration, MapScale};
use crate::imaging::colormap::ColorMap;
use crate::ui::theme;
use crate::ui::widgets::{Button, ColorBar, ScoreHistogram, Segmented};

/// Drivers draw edges a little differently; more than this is another picture.
fn compare(harness: &mut Harness<'_>, name: &str) {
    harness.run();
    harness.fit_contents();
    let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(120);
    harness.snapshot_options(name, &options);
}

fn harness<'a>(dark: bool, ui: impl FnMut(&mut egui::Ui) + 'a) -> Harness<'a> {
    Harness::builder()
        .with_size(vec2(320.0, 240.0))
        .with_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light })
        .with_context_setup(theme::install)
        .build_ui(ui)
}

#[test]
fn scale_and_histogram() {
    let healthy_scores: Vec<f64> = (0..100).map(|i| f64::from(i) / 25.0 - 2.0).collect();
    let map_scale = MapScale { typical: 0.0, p999: 1.0 };
    let calibration = Calibration { healthy_scores, mean: 0.0, sd: 1.0, map_scale };
    let mut harness = harness(true, |ui| {
        ui.horizontal(|ui| {
            let bar = ColorBar::new("Scale", ColorMap::Inferno.lut(), vec2(12.0, 120.0));
            ui.add(bar.ticks(&[(0.0, "0.00"), (0.5, "0.50"), (1.0, "1.00")]));
            let color = theme::of(ui).series(0);
            ui.add(ScoreHistogram::new("Healthy", &calibration, vec2(180.0, 76.0)).mark(4.3, color).threshold(1.8));
        });
    });
    compare(&mut harness, "scale_and_histogram");
}

fn controls(dark: bool, name: &str) {
    let mut chosen = 1;
    let mut harness = harness(dark, move |ui| {
        ui.add(Button::primary("Start"));
        ui.add(Button::secondary("Train all"));
        Segmented::new("View").option(0, "Map").option(1, "Overlay").option(2, "Both").show(ui, &mut chosen);
    });
    compare(&mut harness, name);
}

#[test]
fn controls_dark() {
    controls(true, "controls_dark");
}

#[test]
fn controls_light() {
    controls(false, "controls_light");
}
