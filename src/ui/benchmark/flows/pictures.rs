//! Pictures for looking at, and how long a frame takes; both only on request.

use super::*;

#[test]
#[ignore = "writes pictures for looking at"]
fn picture_of_percentiles_for_looking_at() {
    let mut harness = harness_of(world(fixture::state()), vec2(1208.0, 732.0), 1.5, egui::Theme::Dark);
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Percentiles of the scores").click();
    harness.run_steps(3);
    harness.render().unwrap().save(std::env::temp_dir().join("neuroscan-percentiles.png")).unwrap();
}

#[test]
#[ignore = "writes pictures for looking at"]
fn pictures_of_heatmaps_for_looking_at() {
    for (mode, name) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        for (state, what) in [
            (with_heatmaps(), "heatmaps"),
            (fixture::state(), "heatmaps-before"),
            (fixture::with_boxes(with_heatmaps(), 12), "boxes"),
            (without_chests(with_heatmaps()), "heatmaps-no-lungs"),
        ] {
            let mut state = state;
            fixture::add_thumbnails(&mut state);
            let mut harness = harness_of(world(state), vec2(1208.0, 732.0), 1.5, mode);
            harness.run();
            open_heatmaps(&mut harness);
            let path = std::env::temp_dir().join(format!("neuroscan-{what}-{name}.png"));
            harness.render().unwrap().save(path).unwrap();
        }
    }
}

#[test]
#[ignore = "for the eye"]
fn picture_of_rows_that_are_out_of_date() {
    for (mode, name) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        let mut state = fixture::state();
        fixture::add_thumbnails(&mut state);
        Arc::make_mut(&mut state.models[1]).training_secs += 40.0;
        Arc::make_mut(&mut state.models[0]).training_secs += 40.0;
        state.models.remove(2);
        let mut harness = harness_of(world(state), vec2(1208.0, 732.0), 1.5, mode);
        harness.run_steps(4);
        harness.render().unwrap().save(std::env::temp_dir().join(format!("neuroscan-outdated-{name}.png"))).unwrap();
    }
}

/// How long a frame takes while the line is dragged: `cargo test --release drag_speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn drag_speed() {
    let mut state = fixture::state();
    fixture::add_thumbnails(&mut state);
    let mut harness = harness(state);
    let place = harness.get_by_role_and_label(Role::Slider, "Threshold").rect();
    harness.drag_at(place.left_center());
    harness.run();
    for tab in [curves::Tab::Roc, curves::Tab::Calibration, curves::Tab::Groups, curves::Tab::Paired] {
        harness.state_mut().view.tab = tab;
        harness.step();
        let mut millis: Vec<f64> = (0..300)
            .map(|frame| {
                harness.hover_at(place.left_center() + vec2(place.width() * (frame as f32 / 300.0), 0.0));
                let start = std::time::Instant::now();
                harness.step();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        millis.sort_by(f64::total_cmp);
        let (median, high) = (millis[150], millis[297]);
        println!("layout of a dragged frame, {tab:?}: median {median:.2} ms, 99th percentile {high:.2} ms");
    }
}

/// Draws the screen into the folder for temporary files, to be looked at: `cargo test pictures -- --ignored`.
#[test]
#[ignore = "for the eye"]
fn pictures() {
    let folder = std::env::temp_dir().join("neuroscan-benchmark");
    std::fs::create_dir_all(&folder).unwrap();
    let full = || {
        let mut state = fixture::state();
        fixture::add_thumbnails(&mut state);
        state
    };
    let save = |name: &str, world: World, size: egui::Vec2, scale: f32, mode: egui::Theme| {
        let mut harness = harness_of(world, size, scale, mode);
        harness.run_steps(4);
        harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
    };
    let (size, dark, light) = (vec2(1208.0, 732.0), egui::Theme::Dark, egui::Theme::Light);
    save("dark", world(full()), size, 2.0, dark);
    save("dark-1x", world(full()), size, 1.0, dark);
    save("light", world(full()), size, 2.0, light);
    save("large", world(full()), vec2(1848.0, 1012.0), 1.0, dark);
    for (name, tab) in [
        ("pr", curves::Tab::PrecisionRecall),
        ("calibration", curves::Tab::Calibration),
        ("groups", curves::Tab::Groups),
        ("paired", curves::Tab::Paired),
    ] {
        let mut world = world(full());
        world.view.tab = tab;
        world.view.selected = Some("vae-1".to_owned());
        world.view.rule = ThresholdRule::Youden;
        world.view.misses = misses::Kind::FalseAlarms;
        save(name, world, size, 1.0, dark);
    }
    for (name, size, mode) in [("long", size, dark), ("long-wide", vec2(1528.0, 932.0), light)] {
        let mut world = world(with_long_names(full()));
        world.view.rule = ThresholdRule::Manual { sigma: 2.4 };
        save(name, world, size, 1.0, mode);
    }
    for (name, mode) in [("by-hand-dark", dark), ("by-hand-light", light)] {
        let mut world = world(full());
        world.view.tab = curves::Tab::Groups;
        world.view.rule = ThresholdRule::Manual { sigma: 4.35 };
        world.view.prevalence = Some(0.001);
        save(name, world, size, 1.0, mode);
    }
    let mut long = world(with_long_names(full()));
    long.view.tab = curves::Tab::Groups;
    save("long-groups", long, size, 1.0, dark);
    let mut harness = harness_of(world(full()), size, 1.0, light);
    harness.run();
    harness.get_by_role_and_label(Role::Button, "VAE").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Missing edges").hover();
    harness.run_steps(3);
    harness.render().unwrap().save(folder.join("score-menu.png")).unwrap();
    save("elsewhere", world(moved_elsewhere(full())), size, 1.0, dark);
    save("empty", world(State::default()), size, 1.0, dark);
    let mut ready = full();
    ready.benchmark = None;
    save("ready", world(ready), size, 1.0, light);
    let mut state = full();
    let mut benchmark = (*state.benchmark.clone().unwrap()).clone();
    benchmark.cautions.push("Few validation images: thresholds rest on 30 held-out healthy images.".to_owned());
    state.benchmark = Some(Arc::new(benchmark));
    state.jobs.push(running(885));
    let mut busy = world(state);
    busy.view.selected = Some("pca".to_owned());
    busy.view.rule = ThresholdRule::Manual { sigma: 2.4 };
    save("running", busy, size, 1.0, dark);
}
