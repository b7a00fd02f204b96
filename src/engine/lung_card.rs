//! The card that lies beside the lung mask's weights.

use serde_json::Value;

/// The card's text, from the figures in `metrics.json`.
pub(super) fn write(metrics: &Value) -> String {
    let settings = &metrics["settings"];
    let folds = metrics["dice"]["at_224_px"]["folds"].as_array().map_or(0, Vec::len);
    let mut card = format!(
        "# Lung mask\n\n\
         **Research use only – not for diagnosis.** Says which pixels of a frontal chest X-ray are lung, the lung behind the heart\n\
         included, so that one can see how much of a model's map lies there. It decides nothing about disease.\n\n\
         | | |\n|---|---|\n\
         | Architecture | U-Net after Ronneberger, Fischer and Brox 2015, *U-Net: Convolutional networks for biomedical image segmentation*; {parameters} parameters; looks at {side} px |\n\
         | Trained on | {images} X-rays of {patients} patients with human-made masks (V7), all of them after cross-validation |\n\
         | Data set | Kermany, Zhang and Goldbaum 2018, *Large dataset of labeled optical coherence tomography (OCT) and chest X-ray images*, CC BY 4.0; masks CC BY 4.0; children of one to five years, Guangzhou Women and Children's Medical Center |\n\
         | Loss | binary cross-entropy + 1 − soft Dice |\n\
         | Varied in training | as decoded or equalised (CLAHE), shift, size, rotation, brightness, noise |\n\
         | Settings | {epochs} epochs, batch {batch}, one-cycle learning rate {rate}, seed {seed} |\n\
         | Trained | {finished}, {minutes:.0} minutes with cross-validation, {threads} thread(s) |\n\
         | Versions | NeuroScan {program}, libtorch {libtorch} |\n\
         | Licence of the weights | MIT, as the program |\n\n\
         ## Dice coefficient, {folds}-fold cross-validation\n\n\
         Each image measured once, by a network that saw no image of its patient. Settings were tried on the first fold of another\n\
         division of the same images, so the figures are a little optimistic.\n\n\
         | | at 128 px | at 224 px |\n|---|---|---|\n",
        parameters = metrics["parameters"],
        side = metrics["side"],
        images = metrics["images"],
        patients = metrics["patients"],
        epochs = settings["epochs"],
        batch = settings["batch_size"],
        rate = settings["learning_rate"],
        seed = settings["seed"],
        finished = metrics["finished"].as_str().unwrap_or_default().get(..10).unwrap_or_default(),
        minutes = metrics["took_secs"].as_f64().unwrap_or_default() / 60.0,
        threads = settings["threads"],
        program = metrics["program"].as_str().unwrap_or_default(),
        libtorch = metrics["libtorch"].as_str().unwrap_or_default(),
    );
    card.push_str(&rows(&metrics["dice"]));
    card.push_str(
        "\nDeviation over images; between folds over their means. *Equalised*: shown the image as the bundled detectors see it.\n\n\
         ## Limits\n\n\
         Children, one hospital, frontal views. Adults, lateral views, tubes, one collapsed lung and other machines were not in the\n\
         training images and are not in these figures. Where pneumonia hides the border of a lung, the annotators guessed it, and so\n\
         does the network. A mask that looks wrong makes the share of a map inside the lungs wrong, too: show the outline.\n\n\
         Trained anew with `make lungs IMAGES=<folder> MASKS=<folder>`.\n",
    );
    card
}

/// One row a fold, a class and in all.
fn rows(dice: &Value) -> String {
    let sides = ["at_128_px", "at_224_px"].map(|side| &dice[side]);
    let row = |name: &str, pick: &dyn Fn(&Value) -> Value| {
        let [small, large] = sides.map(|side| figure(&pick(side)));
        format!("| {name} | {small} | {large} |\n")
    };
    let mut rows = row("All images", &|side| side["all"].clone());
    rows.push_str(&row("All images, equalised", &|side| side["equalised"].clone()));
    for class in sides[0]["classes"].as_object().into_iter().flat_map(serde_json::Map::keys) {
        rows.push_str(&row(class, &|side| side["classes"][class].clone()));
    }
    for fold in 0..sides[0]["folds"].as_array().map_or(0, Vec::len) {
        rows.push_str(&row(&format!("Fold {}", fold + 1), &|side| side["folds"][fold].clone()));
    }
    rows.push_str(&row("Between folds", &|side| side["fold_means"].clone()));
    rows
}

/// "0.953 ± 0.021".
fn figure(summary: &Value) -> String {
    match (summary["mean"].as_f64(), summary["sd"].as_f64()) {
        (Some(mean), Some(deviation)) => format!("{mean:.3} ± {deviation:.3}"),
        _ => "–".to_owned(),
    }
}
