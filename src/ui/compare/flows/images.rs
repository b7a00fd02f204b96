//! The images: what they show, zoomed, read out and outlined.

use super::*;

#[test]
fn modes_change_what_panes_show_and_dim_what_does_not_apply() {
    let mut harness = screen(2);
    click(&mut harness, Role::RadioButton, "Map");
    assert!(harness.query_by_label("Reconstruction, VAE").is_none());
    assert!(harness.get_by_label("Opacity of the map").accesskit_node().is_disabled());
    assert!(harness.get_by_label("Swipe between input and model").accesskit_node().is_disabled());
    click(&mut harness, Role::RadioButton, "Overlay");
    harness.get_by_role_and_label(Role::Image, "Overlay, VAE");
    assert!(!harness.get_by_label("Opacity of the map").accesskit_node().is_disabled());
    click(&mut harness, Role::RadioButton, "Reconstruction");
    assert!(harness.get_by_label("Colour map").accesskit_node().is_disabled());
}

#[test]
fn the_share_in_the_lungs_is_shown_and_the_outline_is_a_switch() {
    let mut harness = screen(1);
    let state = &harness.state().state;
    let share = fixture::shown(state).next().unwrap().1.lungs.as_ref().unwrap().share.unwrap();
    harness.get_by_label(&format!("{:.0}\u{2009}% of the map lies in the lungs", share * 100.0));
    press(&mut harness, Key::O);
    assert!(harness.state().view.display.lungs);
    click(&mut harness, Role::Button, "Outline of the lungs");
    assert!(!harness.state().view.display.lungs);
}

#[test]
fn without_a_lung_mask_the_switch_is_dimmed_and_the_figure_says_so() {
    let mut state = fixture::state(1);
    for analysis in state.analyses.values_mut() {
        let mut without = (**analysis.as_ref().unwrap()).clone();
        without.lungs = Err(NoLungs::Unknown("cannot read: not found: models/lungs/lungs.safetensors".into()));
        *analysis = Ok(Arc::new(without));
    }
    let mut harness = harness(state, vec2(1208.0, 732.0), true, 1.0);
    harness.run();
    harness.get_by_label("Share in the lungs: not known");
    let switch = harness.get_by_role_and_label(Role::Button, "Outline of the lungs");
    assert!(switch.accesskit_node().is_disabled());
}

#[test]
fn images_that_are_no_chest_x_rays_have_no_line_about_lungs() {
    let mut state = fixture::state(1);
    for analysis in state.analyses.values_mut() {
        let mut without = (**analysis.as_ref().unwrap()).clone();
        without.lungs = Err(NoLungs::OtherImages);
        *analysis = Ok(Arc::new(without));
    }
    let mut harness = harness(state, vec2(1208.0, 732.0), true, 1.0);
    harness.run();
    assert!(harness.query_by_label_contains("in the lungs").is_none());
    let switch = harness.get_by_role_and_label(Role::Button, "Outline of the lungs");
    assert!(switch.accesskit_node().is_disabled());
}

#[test]
fn an_image_without_contrast_has_a_caution_and_keeps_its_label() {
    let mut harness = harness(flat_world(1), vec2(1208.0, 732.0), true, 1.0);
    harness.run();
    harness.get_by_label_contains("This image has no contrast");
    harness.get_by_label("Labelled: pneumonia, bacterial");
    assert!(harness.query_by_label_contains("in the lungs").is_none());
}

#[test]
fn the_overlay_can_show_marked_places_alone() {
    let mut harness = screen(1);
    click(&mut harness, Role::ComboBox, "Colour map");
    click(&mut harness, Role::MenuItem, "Marked places only");
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().view.display.show, Show::Overlay);
    assert_eq!(harness.state().view.display.marks_from(), Some(1.0));
    harness.get_by_role_and_label(Role::Slider, "Marked from").focus();
    harness.run();
    press(&mut harness, Key::ArrowRight);
    assert!(harness.state().view.display.marks_from().is_some_and(|from| (from - 1.05).abs() < 1e-5));
    press(&mut harness, Key::G);
    assert_eq!(harness.state().view.display.marks_from(), None, "the overlay alone");
}

fn wheel(harness: &mut Harness<'_, World>) {
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run_steps(30);
}

#[test]
fn zoom_is_linked_until_the_link_is_cut_and_reset_undoes_it() {
    let mut harness = screen(2);
    harness.get_by_role_and_label(Role::Image, "Map, VAE").hover();
    harness.run();
    wheel(&mut harness);
    let near = harness.state().view.views.get(true, 0);
    assert!(near.zoom > 1.5, "{near:?}");
    let link = "Link zoom, place and crosshair of all panes";
    click(&mut harness, Role::Button, link);
    harness.get_by_role_and_label(Role::Image, "Map, VAE").hover();
    harness.run();
    wheel(&mut harness);
    let views = &harness.state().view.views;
    assert_eq!(views.get(false, 0), near);
    assert!(views.get(false, 2).zoom > near.zoom);
    press(&mut harness, Key::R);
    assert!(harness.state().view.views.are_whole());
}

#[test]
fn the_crosshair_follows_the_pointer_and_reads_out_every_model() {
    let mut harness = screen(3);
    let readout = harness.state().view.readout().cloned().unwrap();
    assert_eq!(readout.values.len(), 4, "begins at the largest error");
    let place = harness.get_by_role_and_label(Role::Image, "Map, GAN").rect();
    harness.hover_at(place.min + vec2(1.0, 1.0));
    harness.run();
    let readout = harness.state().view.readout().cloned().unwrap();
    assert_eq!((readout.x, readout.y), (0, 0));
    assert_eq!(readout.values[3].0, "GAN");
}
