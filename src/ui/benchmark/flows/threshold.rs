//! The threshold: moved, chosen by a rule, and everything that follows it.

use super::*;

#[test]
fn keys_move_the_threshold_and_everything_follows() {
    let mut harness = harness(fixture::state());
    let before = counts(&harness);
    let sensitivity = text_of(&harness, Role::Label, "Sensitivity");
    harness.get_by_role_and_label(Role::Slider, "Threshold").focus();
    harness.run();
    for _ in 0..10 {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    let ThresholdRule::Manual { sigma } = harness.state().view.rule else { panic!("the rule is by hand now") };
    let after = counts(&harness);
    assert!(before.iter().zip(&after).any(|(before, after)| before != after), "{before:?} {after:?}");
    assert_ne!(text_of(&harness, Role::Label, "Sensitivity"), sensitivity);
    let prepared =
        Prepared::new(harness.state().state.benchmark.clone().unwrap(), None, ThresholdRule::Manual { sigma });
    let expected = prepared.outcomes[0].confusion;
    assert_eq!(
        after,
        [
            format!("{} found", expected.tp),
            format!("{} missed", expected.fn_),
            format!("{} false alarms", expected.fp),
            format!("{} cleared", expected.tn),
        ]
    );
    assert_eq!(text_of(&harness, Role::Cell, "pneumonia missed"), format!("pneumonia missed: {}", expected.fn_));
    harness.get_by_role_and_label(Role::RadioButton, &format!("Missed {}", expected.fn_));
    harness.get_by_role_and_label(Role::Slider, "Threshold").set_value_accesskit(0.5);
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::Manual { sigma: 0.5 });
}

#[test]
fn a_dragged_threshold_changes_every_figure_in_the_same_frame() {
    let mut harness = harness(fixture::state());
    let place = harness.get_by_role_and_label(Role::Slider, "Threshold").rect();
    harness.drag_at(place.left_center() + vec2(place.width() * 0.3, 0.0));
    harness.run();
    let before = (counts(&harness), text_of(&harness, Role::Label, "NPV"));
    // One frame, not more.
    harness.hover_at(place.left_center() + vec2(place.width() * 0.6, 0.0));
    harness.step();
    let ThresholdRule::Manual { sigma } = harness.state().view.rule else { panic!("the rule is by hand now") };
    let after = (counts(&harness), text_of(&harness, Role::Label, "NPV"));
    assert_ne!(before.0, after.0);
    assert_ne!(before.1, after.1);
    let prepared =
        Prepared::new(harness.state().state.benchmark.clone().unwrap(), None, ThresholdRule::Manual { sigma });
    assert_eq!(after.0[0], format!("{} found", prepared.outcomes[0].confusion.tp));
    harness.drop_at(place.left_center() + vec2(place.width() * 0.6, 0.0));
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::Manual { sigma });
}

#[test]
fn a_click_on_the_line_leaves_the_rule_and_one_elsewhere_moves_it() {
    let mut harness = harness(fixture::state());
    let place = harness.get_by_role_and_label(Role::Slider, "Threshold").rect();
    let rule = harness.state().view.rule;
    // At 1.84 σ the line stands about a third from the left.
    for (share, stays) in [(0.33, true), (0.7, false)] {
        let at = place.left_center() + vec2(place.width() * share, 0.0);
        harness.drag_at(at);
        harness.step();
        harness.drop_at(at);
        harness.run();
        assert_eq!(harness.state().view.rule == rule, stays, "at {share}");
    }
}

#[test]
fn rules_are_chosen_from_the_list_and_optimistic_ones_say_so() {
    let mut harness = harness(fixture::state());
    assert!(harness.query_by_role_and_label(Role::Label, rules::OPTIMISTIC).is_none());
    harness.get_by_role_and_label(Role::ComboBox, "Threshold rule").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Youden, on test labels").click();
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::Youden);
    harness.get_by_role_and_label(Role::Label, rules::OPTIMISTIC);
    assert!(harness.query_by_role_and_label(Role::MenuItem, "Youden, on test labels").is_none(), "the list is closed");
    harness.get_by_role_and_label(Role::ComboBox, "Threshold rule").click();
    harness.run();
    let field = harness.get_by_role_and_label(Role::TextInput, "Target specificity in per cent");
    field.focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_label("Target specificity in per cent").type_text("80");
    harness.run();
    assert_eq!(harness.state().view.rule, ThresholdRule::ValidationPercentile { percentile: 80.0 });
}

#[test]
fn the_scores_are_a_table_on_request() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Button, "Percentiles of the scores").click();
    harness.run_steps(3);
    harness.get_by_label_contains("held-out healthy · 201: 5");
    harness.get_by_label_contains("test pneumonia · 390: 5");
    assert!(harness.query_by_role_and_label(Role::Slider, "Threshold").is_none());
    harness.get_by_role_and_label(Role::Button, "Percentiles of the scores").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Slider, "Threshold");
}

#[test]
fn the_shift_gauge_says_what_follows_for_the_threshold() {
    let mut harness = harness(fixture::state());
    let said = text_of(&harness, Role::Label, "Shift of healthy images: AUROC 0.");
    assert!(said.contains("expect more false alarms than promised"), "{said}");
    harness.get_by_role_and_label(Role::Slider, "Threshold").set_value_accesskit(2.5);
    harness.run();
    let said = text_of(&harness, Role::Label, "Shift of healthy images: AUROC 0.");
    assert!(said.contains("set by hand and promises nothing") && !said.contains("than promised"), "{said}");
}

#[test]
fn prevalence_changes_predictive_values_and_nothing_else_and_can_be_put_back() {
    let mut harness = harness(fixture::state());
    let figures = |harness: &Harness<'_, World>, at: &str, of_test: &str| {
        let names = [format!("PPV{at} "), format!("NPV{at} "), "Sensitivity ".to_owned()];
        let rest = ["Accuracy", "F1"].map(|term| format!("{term}{of_test} "));
        let value = |name: &String| text_of(harness, Role::Label, name).replacen(name.as_str(), "", 1);
        names.iter().chain(&rest).map(value).collect::<Vec<_>>()
    };
    let counted = figures(&harness, "", "");
    text_of(&harness, Role::Label, "as in the test set");
    harness.get_by_role_and_label(Role::Slider, "Prevalence in per cent").focus();
    harness.run();
    for _ in 0..20 {
        harness.key_press(Key::ArrowLeft);
        harness.run();
    }
    let set = harness.state().view.prevalence.unwrap();
    assert!((0.02..0.2).contains(&set), "{set}");
    let percent = if set < 0.0995 { format!("{:.1}", set * 100.0) } else { format!("{:.0}", set * 100.0) };
    let rarer = figures(&harness, &format!(" at {percent}\u{2009}%"), ", test");
    assert!(counted[0] != rarer[0] && counted[1] != rarer[1] && counted[2..] == rarer[2..], "{counted:?} {rarer:?}");
    let prepared = Prepared::new(harness.state().state.benchmark.clone().unwrap(), None, harness.state().view.rule);
    let expected = crate::evaluation::predictive_values(&prepared.outcomes[0].confusion, set).ppv.unwrap();
    assert!(rarer[0].starts_with(&format!("{:.1}", expected.value * 100.0)), "{rarer:?}");
    text_of(&harness, Role::Label, "PPV, NPV if ");
    harness.get_by_role_and_label(Role::Button, "Prevalence of the test set").click();
    harness.run();
    assert_eq!((harness.state().view.prevalence, figures(&harness, "", "")), (None, counted));
}

#[test]
fn call_tests_follow_the_threshold() {
    let mut harness = harness(fixture::state());
    harness.get_by_role_and_label(Role::Tab, "Paired tests").click();
    harness.run();
    let before = text_of(&harness, Role::Label, "Autoencoder and ViT ");
    harness.get_by_role_and_label(Role::Slider, "Threshold").set_value_accesskit(-0.5);
    harness.run();
    let after = text_of(&harness, Role::Label, "Autoencoder and ViT ");
    let split =
        |text: &str| text.split_once("; McNemar").map(|(area, calls)| (area.to_owned(), calls.to_owned())).unwrap();
    assert_eq!(split(&before).0, split(&after).0, "the AUROC stays");
    assert_ne!(split(&before).1, split(&after).1);
}
