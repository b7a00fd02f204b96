//! Maps held against painted lesions and against boxes.

use super::*;

#[test]
fn heatmaps_are_measured_on_request_and_the_measuring_can_be_cancelled() {
    let mut harness = harness(fixture::state());
    open_heatmaps(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Measure heatmaps").click();
    harness.run_steps(3);
    let asked = harness.state().sent.iter().find_map(|command| match command {
        UiCommand::Engine(EngineCommand::MeasureHeatmaps { models, .. }) => Some(models.len()),
        _ => None,
    });
    assert_eq!(asked, Some(4));
    let job = JobView { kind: JobKind::Heatmaps, ..running(600) };
    harness.state_mut().state.jobs.push(job);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Cancel measuring").click();
    harness.run_steps(3);
    let stopped = |command: &UiCommand| matches!(command, UiCommand::Engine(EngineCommand::Stop { job: JobId(77) }));
    assert!(harness.state().sent.iter().any(stopped));
    harness.state_mut().state.jobs.clear();
    harness.state_mut().state.models.clear();
    harness.run_steps(3);
    harness.get_by_label("None of the models in these results is loaded.");
}

#[test]
fn measured_heatmaps_show_figures_by_lesion_and_an_example() {
    let mut harness = harness(with_heatmaps());
    open_heatmaps(&mut harness);
    harness.get_by_label("VAE, pixel AUROC 0.850, AP 0.300, AUPRO 0.700, like untrained 0.21");
    harness.get_by_label_contains("Image brightness, pixel AUROC 0.600");
    harness.get_by_role_and_label(Role::RadioButton, "Nodule").click();
    harness.run_steps(3);
    harness.get_by_label("VAE, pixel AUROC 0.810, AP 0.260, AUPRO 0.660, like untrained 0.21");
    harness.get_by_role_and_label(Role::Image, "Nodule, synthetic, outlined");
    harness.get_by_role_and_label(Role::Image, "Map of Autoencoder");
}

#[test]
fn lesions_on_images_that_are_no_chest_x_rays_have_a_caution() {
    let mut harness = harness(without_chests(with_heatmaps()));
    open_heatmaps(&mut harness);
    harness.get_by_label_contains("the lesions lie where the lungs would be");
}

#[test]
fn maps_are_held_against_boxes_where_there_are_some() {
    let mut harness = harness(fixture::with_boxes(fixture::state(), 0));
    open_heatmaps(&mut harness);
    harness.get_by_label_contains("VAE, highest pixel in a box 31.0\u{2009}%, by chance 14.2\u{2009}%");
    harness.get_by_role_and_label(Role::RadioButton, "Painted lesions").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Measure heatmaps");
    let mut without = self::harness(with_heatmaps());
    open_heatmaps(&mut without);
    assert!(without.query_by_role_and_label(Role::RadioButton, "Boxes").is_none());
    without.get_by_label_contains("no real finding has a box");
}

#[test]
fn a_click_on_an_image_with_boxes_compares_it() {
    let mut harness = harness(fixture::with_boxes(fixture::state(), 12));
    open_heatmaps(&mut harness);
    let ends = |end: &'static str| move |node: &AccessKitNode<'_>| words(node).ends_with(end);
    let boxed: Vec<SampleId> = harness.state().view.boxed.samples().to_vec();
    assert_eq!(boxed.len(), 12);
    let thumbnails = |sent: &[UiCommand]| match sent.iter().rfind(|sent| !matches!(sent, UiCommand::ShowCase(_))) {
        Some(UiCommand::Engine(EngineCommand::Thumbnails { samples, .. })) => samples.clone(),
        other => panic!("{other:?}"),
    };
    let asked = thumbnails(&harness.state().sent);
    let missed = asked.iter().any(|sample| !boxed.contains(sample));
    assert!(missed && asked.contains(&boxed[0]), "both galleries ask together: {asked:?}");
    let first = harness.get_all_by_role(Role::Button).find(|node| ends(", 2 boxes")(&node.accesskit_node())).unwrap();
    first.click();
    harness.run_steps(3);
    let shown = harness.state().sent.iter().find_map(|command| match command {
        UiCommand::ShowCase(case) => Some(case.clone()),
        _ => None,
    });
    assert_eq!(shown, Some(CaseRef::Sample(boxed[1])));
    harness.state_mut().state.data = None;
    harness.run_steps(3);
    assert!(harness.state().view.boxed.samples().is_empty());
    let buttons = harness.get_all_by_role(Role::Button).filter(|node| ends(", 1 box")(&node.accesskit_node()));
    assert_eq!(buttons.count(), 0, "of a data set that is not open nothing is shown");
}
