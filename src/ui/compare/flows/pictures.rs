//! Pictures for looking at, and how long a frame takes; both only on request.

use super::*;

#[test]
#[ignore = "writes pictures for looking at"]
fn pictures_of_lesions_for_looking_at() {
    let folder = std::env::temp_dir().join("neuroscan-compare");
    std::fs::create_dir_all(&folder).unwrap();
    for (dark, name) in [(true, "lesion"), (false, "lesion-light")] {
        let mut harness = harness(fixture::state(4), vec2(1208.0, 732.0), dark, 1.5);
        press(&mut harness, Key::P);
        harness.get_by_role_and_label(Role::Image, "Original").click();
        harness.run_steps(3);
        let painted = harness.state().view.case().unwrap();
        answer(&mut harness, &painted);
        let circle = |step: u8| {
            let angle = f32::from(step) / 24.0 * std::f32::consts::TAU;
            [0.5 + 0.12 * angle.cos(), 0.5 + 0.1 * angle.sin()]
        };
        let outline = Arc::new((0..24).map(|step| [circle(step), circle(step + 1)]).collect());
        let state = &mut harness.state_mut().state;
        let image = (**state.cases[&painted].as_ref().unwrap()).clone();
        state.cases.insert(painted, Ok(Arc::new(crate::engine::message::CaseImage { outline, ..image })));
        harness.run();
        harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
    }
}

#[test]
#[ignore = "writes pictures for looking at"]
fn picture_of_a_flat_image_for_looking_at() {
    let folder = std::env::temp_dir().join("neuroscan-compare");
    std::fs::create_dir_all(&folder).unwrap();
    let mut harness = harness(flat_world(4), vec2(1208.0, 732.0), true, 1.5);
    harness.run();
    harness.render().unwrap().save(folder.join("flat.png")).unwrap();
}

/// Everything at once that is rare: narrow window, pixels as squares, a failure, a wait, a case seen in training.
fn rare_world() -> State {
    let mut state = fixture::state(4);
    let case = fixture::first_case(&state);
    let key = |state: &State, model: usize| (case.clone(), state.models[model].id.clone());
    let (seen, failed, waiting) = (key(&state, 0), key(&state, 1), key(&state, 2));
    let mut analysis = (**state.analyses[&seen].as_ref().unwrap()).clone();
    analysis.seen_in_training = true;
    analysis.sigma = 12.0;
    state.analyses.insert(seen, Ok(Arc::new(analysis)));
    let message = "VAE could not be shown this image: libtorch ran out of memory.".to_owned();
    let advice = "Close other models, or train with smaller images.".to_owned();
    state.analyses.insert(failed, Err(Failure { message, advice }));
    state.analyses.remove(&waiting);
    state
}

#[test]
#[ignore = "writes pictures for looking at, and how long a frame takes"]
fn pictures_for_looking_at() {
    let folder = std::env::temp_dir().join("neuroscan-compare");
    std::fs::create_dir_all(&folder).unwrap();
    let save = |harness: &mut Harness<'_, World>, name: &str| {
        harness.render().unwrap().save(folder.join(format!("{name}.png"))).unwrap();
    };
    let shots: [(&str, usize, f32, f32, bool, f32); 10] = [
        ("dark", 4, 1208.0, 732.0, true, 2.0),
        ("dark-1x", 4, 1208.0, 732.0, true, 1.0),
        ("light", 4, 1208.0, 732.0, false, 2.0),
        ("hd", 4, 1848.0, 1012.0, true, 1.0),
        ("one", 1, 1208.0, 732.0, true, 1.0),
        ("five", 5, 1208.0, 732.0, true, 1.0),
        ("six", 6, 1528.0, 932.0, true, 1.0),
        ("six-light", 6, 1528.0, 932.0, false, 1.0),
        ("many", 8, 1208.0, 732.0, true, 1.0),
        ("small", 4, 604.0, 366.0, true, 2.0),
    ];
    for (name, models, width, height, dark, scale) in shots {
        save(&mut harness(fixture::state(models), vec2(width, height), dark, scale), name);
    }
    let mut harness = screen(4);
    for label in ["Map", "Overlay", "Reconstruction"] {
        click(&mut harness, Role::RadioButton, label);
        save(&mut harness, label);
    }
    harness.state_mut().view.display.toggle_marked();
    harness.run();
    save(&mut harness, "marked");
    harness.state_mut().view.display.toggle_marked();
    press(&mut harness, Key::O);
    click(&mut harness, Role::RadioButton, "Both");
    save(&mut harness, "lungs");
    press(&mut harness, Key::O);
    click(&mut harness, Role::RadioButton, "Reconstruction");
    click(&mut harness, Role::Button, "Swipe between input and model");
    save(&mut harness, "swipe");
    click(&mut harness, Role::RadioButton, "Both");
    click(&mut harness, Role::Button, "Maximise VAE");
    harness.state_mut().view.display.color_map = crate::imaging::colormap::ColorMap::Diverging;
    harness.run();
    save(&mut harness, "maximised");
    click(&mut harness, Role::Button, "Restore VAE");
    click(&mut harness, Role::ComboBox, "Model of pane 2");
    save(&mut harness, "menu");
    press(&mut harness, Key::Escape);
    let fused = "mse+0.5*knn".parse().unwrap();
    let model = harness.state().state.models[1].clone();
    harness.state_mut().state.models[1] = Arc::new(ModelInfo { score: fused, ..ModelInfo::clone(&model) });
    click(&mut harness, Role::Button, "Score of VAE");
    harness.get_by_role_and_label(Role::MenuItem, "In the lungs").hover();
    harness.run_steps(3);
    save(&mut harness, "score-menu");
    press(&mut harness, Key::Escape);
    harness.state_mut().state = rare_world();
    let view = &mut harness.state_mut().view;
    view.live = Live::default();
    view.display = Display::default();
    view.display.smooth = false;
    view.display.invert = true;
    view.display.adjust_window = true;
    view.display.window = WindowLevel { window: 0.6, level: 0.6 };
    harness.run_steps(3);
    harness.key_press(Key::Plus);
    harness.run_steps(20);
    save(&mut harness, "rare");
    for (what, dragging) in [("still", false), ("window dragged", true)] {
        let mut harness = screen(5);
        let began = std::time::Instant::now();
        for frame in 0..120u8 {
            if dragging {
                harness.state_mut().view.display.window.level = f32::from(frame) / 120.0;
            }
            harness.run_steps(1);
        }
        eprintln!("{what}: {:.2} ms a frame without painting", began.elapsed().as_secs_f64() * 1000.0 / 120.0);
    }
}
