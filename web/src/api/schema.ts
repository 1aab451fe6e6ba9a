/** Types of the studio's routes. tools/studio_schema.py wrote this file from OpenAPI. */

export interface paths {
  readonly "/api/zoo": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * List Zoo
     * @description All architectures with their figures: `convscope list architectures --json`.
     */
    readonly get: operations["zoo_list_zoo"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/zoo/outlines": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * List Outlines
     * @description Outlines of the diagrams of all architectures, by name: roles, shapes and branches.
     */
    readonly get: operations["zoo_list_outlines"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/zoo/compare": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Compare Networks
     * @description Networks side by side, layers included: `convscope compare A B --layers`.
     */
    readonly get: operations["zoo_compare_networks"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/zoo/network": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Show Network
     * @description Everything that is known of a network: `convscope show NAME --json`.
     */
    readonly get: operations["zoo_show_network"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/zoo/source": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Show Source
     * @description A network as JSON and as PyTorch source: `convscope export NAME --to pytorch`.
     */
    readonly get: operations["zoo_show_source"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/zoo/times": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Show Times
     * @description Milliseconds of each layer on this machine, if they were measured, and the job if it runs.
     */
    readonly get: operations["zoo_show_times"];
    readonly put?: never;
    /**
     * Measure Times
     * @description Measure a network: `convscope bench NAME --layers`.
     */
    readonly post: operations["zoo_measure_times"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/palette": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Build Palette
     * @description Return the layers with the schema of their settings, compositions and ready blocks.
     */
    readonly get: operations["build_build_palette"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/check": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Build Check
     * @description Trace a network as far as it goes: figures of every block, and what does not fit.
     */
    readonly post: operations["build_build_check"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/fixes": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Build Fixes
     * @description Return fixes of the first problems, each of which was tried.
     */
    readonly post: operations["build_build_fixes"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/source": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Build Source
     * @description Return the PyTorch source of a network that fits, as `export --to pytorch` writes it.
     */
    readonly post: operations["build_build_source"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/challenges": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Build Challenges
     * @description Return the state of all challenges for a network and the runs of the workspace.
     */
    readonly post: operations["build_build_challenges"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/read": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Build Read
     * @description Return the network in PyTorch source, which is read as text and never executed.
     */
    readonly post: operations["build_build_read"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/networks": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Build Networks
     * @description Return the networks of the workspace, the newest first.
     */
    readonly get: operations["build_build_networks"];
    readonly put?: never;
    /**
     * Build Save
     * @description Write a network that fits to networks/NAME.json.
     */
    readonly post: operations["build_build_save"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/starts": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Build Starts
     * @description Return what a network can be started from: zoo, runs, sizes of known data sets.
     */
    readonly get: operations["build_build_starts"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/build/start": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Build Start
     * @description Return a network to start from: of the zoo, of a run, or a saved one.
     */
    readonly get: operations["build_build_start"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data List
     * @description Return the published data sets, and those in the workspace.
     */
    readonly get: operations["data_data_list"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/paths": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Add Path
     * @description Add a folder or file in the workspace, or below a folder of --data, to the list.
     */
    readonly post: operations["data_add_path"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/rules": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Rules
     * @description Return everything that a check can report, worst first.
     */
    readonly get: operations["data_rules"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/augmentations": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Augmentations
     * @description Return the form of augmentations, and those of the recipes.
     */
    readonly get: operations["data_augmentations"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data Summary
     * @description Open a data set, and return its classes and splits.
     */
    readonly get: operations["data_data_summary"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/labels": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data Labels
     * @description Return the label of every image of a split.
     */
    readonly get: operations["data_data_labels"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/sheet": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data Sheet
     * @description Return thumbnails as one image: tiles of equal size, 16 in a row, as `images` orders them.
     */
    readonly get: operations["data_data_sheet"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/image": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data Image
     * @description Return one image as PNG.
     */
    readonly get: operations["data_data_image"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/facts": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data Facts
     * @description Return what is known about one image: label, file, format, size.
     */
    readonly get: operations["data_data_facts"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/file": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data File
     * @description Return a file of a data set that a check names as a thumbnail.
     */
    readonly get: operations["data_data_file"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/statistics": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data Statistics
     * @description Return histograms of sizes, shapes and brightness.
     */
    readonly get: operations["data_data_statistics"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/means": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data Means
     * @description Return the mean image of each class: tiles of 64 pixels, 16 in a row.
     */
    readonly get: operations["data_data_means"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/augmented": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Data Augmented
     * @description Return an image and random draws of its augmentation: tiles, 16 in a row.
     */
    readonly post: operations["data_data_augmented"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/get": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Data Get
     * @description Download a published data set.
     */
    readonly post: operations["data_data_get"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/check": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Data Check
     * @description Check a data set; the result is that of `data check --json`.
     */
    readonly post: operations["data_data_check"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/doubts": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Data Doubts
     * @description List the labels that a model doubts; the result is that of `data doubts --json`.
     */
    readonly post: operations["data_data_doubts"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/corrections": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Corrections
     * @description Return the corrections that were saved; none before.
     */
    readonly get: operations["data_corrections"];
    /**
     * Save Corrections
     * @description Replace the list of corrections: a CSV file in `corrections/` of the workspace.
     */
    readonly put: operations["data_save_corrections"];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/{id}/correct": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Data Correct
     * @description Write the data with the saved corrections as a new folder in `data/`.
     */
    readonly post: operations["data_data_correct"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/data/uploads": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Upload
     * @description Take an archive of images (.zip, .tar), and unpack it into `data/` as a job.
     */
    readonly post: operations["data_upload"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/models": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * All Models
     * @description Return everything that can be looked at.
     */
    readonly get: operations["models_all_models"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/models/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Model
     * @description Return one model.
     */
    readonly get: operations["models_model"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/models/{id}/web/{file}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Web
     * @description Return a file of the folder `model/` that `export --to web` writes, made when needed.
     *
     *     With the query value `task` its progress comes as messages of the stream.
     */
    readonly get: operations["models_web"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/visuals": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Look Visuals
     * @description Return all visuals: their inputs, and the JSON Schema of their settings.
     */
    readonly get: operations["look_look_visuals"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/images": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Look Image
     * @description Store an image, sent as raw pixels: rows of (H, W, C) bytes, grey or red, green, blue.
     */
    readonly post: operations["look_look_image"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/estimate": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Look Estimate
     * @description Return what a visual would cost, and its command line.
     */
    readonly post: operations["look_look_estimate"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/visual": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Look Visual
     * @description Compute a visual. A client that leaves cancels it; `task` names it in the stream.
     */
    readonly post: operations["look_look_visual"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/picture": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Look Picture
     * @description Return a payload as a file to save, as the command line draws it.
     */
    readonly post: operations["look_look_picture"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/manifest": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Look Manifest
     * @description Return the description of a model, as an exported page has it, without an ONNX file.
     */
    readonly get: operations["look_look_manifest"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/forward": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Look Forward
     * @description Return probabilities and outputs of layers, as bytes.
     */
    readonly post: operations["look_look_forward"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/parameter": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Look Parameter
     * @description Return a parameter of a model, or a part of its first axis, as bytes.
     */
    readonly get: operations["look_look_parameter"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/look/sample": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Look Sample
     * @description Return the file of a sample image for a model.
     */
    readonly get: operations["look_look_sample"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/evaluations": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Evaluate
     * @description Evaluate a model on a data set; what was evaluated before is there at once.
     */
    readonly post: operations["evaluate_evaluate"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/evaluations/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Evaluation
     * @description Return the metrics of an evaluation, as `evaluate --json` prints them.
     */
    readonly get: operations["evaluate_evaluation"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/evaluations/{id}/images": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Evaluated
     * @description Return the results of every image.
     */
    readonly get: operations["evaluate_evaluated"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Runs
     * @description Return all runs of the workspace.
     */
    readonly get: operations["training_training_runs"];
    readonly put?: never;
    /**
     * Training Start
     * @description Start a run in a new folder below runs/.
     */
    readonly post: operations["training_training_start"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/recipes": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Recipes
     * @description Return the recipes, with the one that is chosen for a network and a data set.
     */
    readonly get: operations["training_training_recipes"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/schema": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Schema
     * @description Return the JSON Schema of a recipe: names, bounds, defaults, and a sentence for each.
     */
    readonly get: operations["training_training_schema"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/plan": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Training Plan
     * @description Plan a run: recipe, schedule, images, parameters, memory, and what does not fit.
     */
    readonly post: operations["training_training_plan"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/measure": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Training Measure
     * @description Time a few real steps of a planned run on this machine; kept for later plans.
     */
    readonly post: operations["training_training_measure"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/lr-range": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Training Lr Range
     * @description Start a learning rate range test; its result is that of `convscope lr-range --json`.
     */
    readonly post: operations["training_training_lr_range"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Run
     * @description Return one run.
     */
    readonly get: operations["training_training_run"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/resume": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Training Resume
     * @description Resume a run that was stopped, failed, or has finished and gets more epochs.
     */
    readonly post: operations["training_training_resume"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/control": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Training Control
     * @description Pause a run, let it make one step, go on, or stop it; change its learning rate; watch it.
     */
    readonly post: operations["training_training_control"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/history": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training History
     * @description Return the events of a run from an offset on, with the seconds of training at each step.
     */
    readonly get: operations["training_training_history"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/watch": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Watch
     * @description Return what a watched run holds: the newest figures, and the handful after a step.
     */
    readonly get: operations["training_training_watch"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/watch/statistics": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Statistics
     * @description Return the figures of every layer at the last capture up to a step.
     */
    readonly get: operations["training_training_statistics"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/watch/layer": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Layer
     * @description Return the figures of one layer over the steps.
     */
    readonly get: operations["training_training_layer"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/watch/predictions": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Predictions
     * @description Return the predictions of the handful after a step.
     */
    readonly get: operations["training_training_predictions"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/watch/frames/{step}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Frame
     * @description Return a picture of the filmstrip: kernels and feature maps after so many steps.
     */
    readonly get: operations["training_training_frame"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/training/{id}/watch/images/{number}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Training Image
     * @description Return an image of the handful.
     */
    readonly get: operations["training_training_image"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Run Rows
     * @description Return all runs and sweeps: `convscope runs --json`.
     */
    readonly get: operations["runs_run_rows"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/curves": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Run Curves
     * @description Return the points of runs: `convscope runs RUN RUN -o curves.json`.
     */
    readonly get: operations["runs_run_curves"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/difference": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Run Difference
     * @description Return the settings that differ, and results: `convscope runs --compare RUN RUN`.
     */
    readonly get: operations["runs_run_difference"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Run Page
     * @description Return one run with its note and settings.
     */
    readonly get: operations["runs_run_page"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/{id}/note": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    /**
     * Run Note
     * @description Replace the note of a run: `convscope runs RUN --note TEXT`.
     */
    readonly put: operations["runs_run_note"];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/{id}/rename": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Run Rename
     * @description Give a run another name: `convscope runs RUN --rename NAME`.
     */
    readonly post: operations["runs_run_rename"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/{id}/trash": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Run Trash
     * @description Move a run to the trash: `convscope runs RUN --trash`.
     */
    readonly post: operations["runs_run_trash"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/{id}/report": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Run Report
     * @description Return the report of a run; its page may run no script and load nothing.
     */
    readonly get: operations["runs_run_report"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/sweeps/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Sweep Page
     * @description Return a sweep with its trials.
     */
    readonly get: operations["runs_sweep_page"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/sweeps/{id}/stop": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Sweep Stop
     * @description Stop a sweep; the trial that trains is saved, and the sweep can be continued.
     */
    readonly post: operations["runs_sweep_stop"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Jobs
     * @description Return all jobs, the newest first.
     */
    readonly get: operations["jobs_jobs"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Job
     * @description Return one job.
     */
    readonly get: operations["jobs_job"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}/result": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Result
     * @description Return what the verb printed with --json.
     */
    readonly get: operations["jobs_result"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}/log": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Log
     * @description Return the end of what the verb printed.
     */
    readonly get: operations["jobs_log"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/jobs/{id}/cancel": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Cancel
     * @description Stop a job; a training saves a checkpoint and can be resumed.
     */
    readonly post: operations["jobs_cancel"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/exports": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Exported Files
     * @description Return the files that were exported.
     */
    readonly get: operations["exports_exported_files"];
    readonly put?: never;
    /**
     * Export
     * @description Export a model: `convscope export MODEL --to TARGET`.
     */
    readonly post: operations["exports_export"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/exports/{id}/verify": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly get?: never;
    readonly put?: never;
    /**
     * Verify
     * @description Compare an ONNX file with its model on images: `convscope verify FILE --against MODEL`.
     */
    readonly post: operations["exports_verify"];
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/exports/{id}/file": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Exported File
     * @description Return a file to be saved.
     */
    readonly get: operations["exports_exported_file"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/lessons": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Course
     * @description All chapters: `convscope lesson list --json`.
     */
    readonly get: operations["lessons_course"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/lessons/data/{name}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Data
     * @description Return a file that a figure needs: an architecture, a payload, weights.
     */
    readonly get: operations["lessons_data"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/lessons/{id}": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Chapter
     * @description Return a chapter: `convscope lesson show CHAPTER --json`.
     */
    readonly get: operations["lessons_chapter"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/events": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Events
     * @description Stream what changes: run, job, watch, data, task; and reset, after which all is read anew.
     */
    readonly get: operations["events_events"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/runs/{id}/events": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Run Events
     * @description Return the events of a run from an offset on, as many as there are.
     */
    readonly get: operations["events_run_events"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/api/health": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /**
     * Health
     * @description Return where the studio works.
     */
    readonly get: operations["studio_health"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description Subjects of watching: the layers, the classes, and the images of the handful. */
    readonly About: {
      readonly architecture: string;
      readonly steps_per_epoch: number;
      readonly classes: readonly string[];
      readonly layers: readonly components["schemas"]["WatchedLayer"][];
      readonly handful: readonly components["schemas"]["HandfulImage"][];
    };
    /** @description Points of several runs. */
    readonly AllCurves: {
      readonly runs: readonly components["schemas"]["RunCurves"][];
    };
    /** @description JSON Schema of an augmentation, and the augmentation of every recipe. */
    readonly Augmentations: {
      readonly form: {
        readonly [key: string]: unknown;
      };
      readonly recipes: {
        readonly [key: string]: {
          readonly [key: string]: unknown;
        };
      };
    };
    readonly CHW: readonly [number, number, number];
    /** @description One architecture of the zoo. */
    readonly Card: {
      readonly name: string;
      readonly family: string;
      readonly group: string;
      readonly summary: string;
      readonly paper: components["schemas"]["Paper"] | null;
      readonly input: components["schemas"]["CHW"];
      readonly num_classes: number;
      readonly parameters: number;
      readonly macs: number;
      readonly layers: number;
      readonly depth: number;
      readonly receptive_field: readonly [number, number];
      readonly weight_bytes: number;
      readonly inference_bytes: number;
      readonly training_bytes: number;
      readonly result: components["schemas"]["convscope__arch__architecture__Result"] | null;
      readonly results: number;
    };
    /** @description A chapter in one language. */
    readonly Chapter: {
      readonly id: string;
      readonly number: number;
      readonly title: string;
      readonly summary: string;
      readonly minutes: number;
      /** @enum {string} */
      readonly language: "en" | "zh";
      readonly blocks: readonly (
        | components["schemas"]["HeadingBlock"]
        | components["schemas"]["ParagraphBlock"]
        | components["schemas"]["ListBlock"]
        | components["schemas"]["FormulaBlock"]
        | components["schemas"]["CodeBlock"]
        | components["schemas"]["TableBlock"]
        | components["schemas"]["FigureBlock"]
        | components["schemas"]["QuestionBlock"]
        | components["schemas"]["ErratumBlock"]
      )[];
      readonly sources: readonly components["schemas"]["CitedSource"][];
      readonly previous: string | null;
      readonly next: string | null;
    };
    /** @description A chapter in the list. */
    readonly ChapterLink: {
      readonly id: string;
      readonly number: number;
      readonly title: string;
      readonly summary: string;
      readonly minutes: number;
    };
    /** @description A link to a chapter, or to a heading of it. */
    readonly ChapterSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "chapter";
      readonly chapter: string;
      readonly anchor: string;
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description Figures and problems of a draft. */
    readonly CheckedDraft: {
      readonly fits: boolean;
      readonly rows: readonly components["schemas"]["Figures"][];
      readonly shapes: {
        readonly [key: string]: readonly number[];
      };
      readonly output: readonly number[];
      readonly field: readonly [number, number];
      readonly totals: components["schemas"]["Sums"];
      readonly problems: readonly components["schemas"]["Clash"][];
      readonly convention: string;
    };
    /** @description A total that an outside source states, and ours. */
    readonly CheckedFact: {
      readonly fact: components["schemas"]["Fact"];
      readonly ours: number;
    };
    /** @description One of the answers to choose from. */
    readonly Choice: {
      readonly id: string;
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description A reference to a source; `text` is authors and year. */
    readonly CiteSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "cite";
      readonly source: string;
      readonly text: string;
    };
    /** @description A paper, book or page. */
    readonly CitedSource: {
      readonly key: string;
      readonly authors: string;
      readonly title: string;
      readonly year: number;
      readonly link: string;
    };
    /** @description A block that does not fit. */
    readonly Clash: {
      readonly path: string;
      readonly stage: string;
      readonly sentence: string;
      readonly expected: string;
      readonly fix: string;
      readonly inputs: {
        readonly [key: string]: readonly number[];
      };
    };
    /** @description Code of a language, such as python or shell. */
    readonly CodeBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "code";
      readonly language: string;
      readonly text: string;
    };
    /** @description Code or a command within a line. */
    readonly CodeSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "code";
      readonly text: string;
    };
    /** @description Numbers of all images: base64, little-endian. */
    readonly Column: {
      /** @enum {string} */
      readonly kind: "uint8" | "int32" | "float32";
      readonly shape: readonly number[];
      readonly data: string;
    };
    /** @description Figures of one layer that are compared. */
    readonly ComparedCell: {
      readonly path: string;
      readonly type: string;
      readonly output_shape: readonly number[];
      readonly kernel: readonly [number, number] | null;
      readonly stride: readonly [number, number] | null;
      readonly groups: number | null;
      readonly parameters: number;
      readonly macs: number;
      readonly field_size: readonly [number, number];
    };
    /** @description One layer of each network; `differs` names what is not equal. */
    readonly ComparedRow: {
      readonly rows: readonly (components["schemas"]["ComparedCell"] | null)[];
      readonly differs: readonly string[];
    };
    /** @description A decision about a label: see `convscope data doubts`. */
    readonly CorrectionRow: {
      /** @default  */
      readonly image: string;
      /** @enum {string} */
      readonly split: "train" | "val" | "test";
      readonly index: number;
      readonly digest: string;
      readonly label: string;
      /** @enum {string} */
      readonly action: "relabel" | "remove" | "keep";
      /** @default  */
      readonly new_label: string;
    };
    /** @description List of corrections of a data set. */
    readonly Corrections: {
      readonly rows: readonly components["schemas"]["CorrectionRow"][];
      /** @default  */
      readonly file: string;
    };
    /** @description Cost of a visual before it starts. */
    readonly Cost: {
      readonly forward: number;
      readonly backward: number;
      readonly seconds: number | null;
    };
    /** @description All chapters of a language. */
    readonly Course: {
      /** @enum {string} */
      readonly language: "en" | "zh";
      readonly chapters: readonly components["schemas"]["ChapterLink"][];
    };
    /** @description A data set of the list. */
    readonly DataEntry: {
      readonly id: string;
      readonly name: string;
      /** @enum {string} */
      readonly kind: "published" | "folder" | "shards" | "arrays" | "table";
      readonly source: string;
      /** @default  */
      readonly title: string;
      /** @default  */
      readonly state: string;
      readonly size_bytes?: number | null;
      /** @default {} */
      readonly facts: {
        readonly [key: string]: string;
      };
    };
    /** @description Counts between edges, of `measured` of `total` images. */
    readonly DataHistogram: {
      readonly edges: readonly number[];
      readonly counts: readonly number[];
      readonly measured: number;
      readonly total: number;
    };
    /** @description All data sets that can be opened or downloaded. */
    readonly DataList: {
      readonly sets: readonly components["schemas"]["DataEntry"][];
    };
    /** @description A data set that was opened. */
    readonly DataSummary: {
      readonly id: string;
      readonly source: string;
      readonly name: string;
      readonly kind: string;
      readonly classes: readonly string[];
      readonly channels: number;
      readonly shape: readonly [number, number, number] | null;
      readonly splits: readonly components["schemas"]["SplitCounts"][];
      readonly divided: boolean;
      readonly has_files: boolean;
      readonly notes: readonly string[];
      readonly version: string;
    };
    /** @description A visual as a form shows it. */
    readonly Described: {
      readonly name: string;
      readonly group: string;
      readonly summary: string;
      readonly needs: string;
      /** @enum {string} */
      readonly image: "required" | "optional" | "none";
      /** @enum {string} */
      readonly data: "required" | "optional" | "none";
      readonly selections: readonly ("layer" | "unit" | "target")[];
      readonly settings: {
        readonly [key: string]: unknown;
      };
    };
    /** @description The settings that differ, and what each run reached. */
    readonly Difference: {
      readonly names: readonly string[];
      readonly rows: readonly components["schemas"]["DifferenceRow"][];
      readonly same: number;
      readonly command: string;
    };
    /** @description A setting or a result of each run. */
    readonly DifferenceRow: {
      readonly name: string;
      readonly is_setting: boolean;
      readonly values: readonly string[];
    };
    /** @description A setting that a sweep varies: a range, or a list of values. */
    readonly Dimension: {
      readonly name: string;
      readonly low?: number | null;
      readonly high?: number | null;
      /** @default false */
      readonly log: boolean;
      /** @default [] */
      readonly values: readonly string[];
    };
    /** @description A phrase that sets keys of a figure of the chapter. */
    readonly DriveSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "drive";
      readonly figure: string;
      readonly state: {
        readonly [key: string]: string;
      };
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description Emphasised text. */
    readonly EmphasisSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "emphasis";
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description A correction of the lecture or of a paper, with the arithmetic. */
    readonly ErratumBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "erratum";
      readonly blocks: readonly (
        | components["schemas"]["HeadingBlock"]
        | components["schemas"]["ParagraphBlock"]
        | components["schemas"]["ListBlock"]
        | components["schemas"]["FormulaBlock"]
        | components["schemas"]["CodeBlock"]
        | components["schemas"]["TableBlock"]
        | components["schemas"]["FigureBlock"]
        | components["schemas"]["QuestionBlock"]
        | components["schemas"]["ErratumBlock"]
      )[];
    };
    /** @description A disagreement between sources: what is printed, what is correct, and why. */
    readonly ErratumRow: {
      readonly topic: string;
      readonly printed: string;
      readonly correct: string;
      readonly why: string;
      readonly source: string;
    };
    /** @description Every error has this form. */
    readonly ErrorAnswer: {
      readonly error: components["schemas"]["ErrorText"];
    };
    /** @description The parts of an error. */
    readonly ErrorText: {
      readonly status: number;
      readonly given: string;
      readonly expected?: string | null;
      readonly fix?: string | null;
      readonly where?: string | null;
    };
    /** @description Cost of a visual; null if it cannot be known before. */
    readonly Estimated: {
      readonly cost: components["schemas"]["Cost"] | null;
      readonly command: string;
    };
    /** @description Results of every image: see `convscope.review.details.Details`. */
    readonly EvaluatedImages: {
      readonly split_N: components["schemas"]["Column"];
      readonly index_N: components["schemas"]["Column"];
      readonly true_N: components["schemas"]["Column"];
      readonly predicted_N: components["schemas"]["Column"];
      readonly confidence_N: components["schemas"]["Column"];
      readonly true_probability_N: components["schemas"]["Column"];
      readonly loss_N: components["schemas"]["Column"];
      readonly entropy_N: components["schemas"]["Column"];
      readonly top_NT: components["schemas"]["Column"];
      readonly top_probability_NT: components["schemas"]["Column"];
      readonly likely_N: components["schemas"]["Column"];
      readonly suggested_N: components["schemas"]["Column"];
      readonly margin_N: components["schemas"]["Column"];
      readonly points_N2: components["schemas"]["Column"];
    };
    /** @description Facts about an evaluation: see `convscope.review.details.Facts`. */
    readonly EvaluationFacts: {
      readonly model: string;
      readonly data: string;
      readonly split: string;
      readonly classes: readonly string[];
      /** @enum {string} */
      readonly seen: "yes" | "no" | "unknown";
      readonly num_wrong: number | null;
      readonly axes: readonly string[];
    };
    /** @description Facts and metrics of an evaluation. */
    readonly EvaluationResult: {
      readonly facts: components["schemas"]["EvaluationFacts"];
      readonly evaluation: {
        readonly [key: string]: unknown;
      };
    };
    /** @description An evaluation that is there, or the job that computes it. */
    readonly EvaluationState: {
      readonly id: string;
      readonly job: components["schemas"]["Job"] | null;
    };
    /** @description A file in `exports/`. */
    readonly ExportedFile: {
      readonly id: string;
      readonly name: string;
      readonly kind: string;
      readonly size_bytes: number;
      readonly changed: number;
    };
    /** @description The files in `exports/`, the newest first. */
    readonly ExportedFiles: {
      readonly files: readonly components["schemas"]["ExportedFile"][];
    };
    /** @description A total that an outside source states, to compare with ours: paper, library or file. */
    readonly Fact: {
      /** @enum {string} */
      readonly quantity: "parameters" | "auxiliary_parameters" | "macs" | "connections";
      readonly value: number;
      readonly source: string;
      /** @default  */
      readonly differs: string;
    };
    /** @description A figure: a lab with its state, and what to try. */
    readonly FigureBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "figure";
      readonly id: string;
      readonly lab: string;
      readonly title: string;
      readonly state: {
        readonly [key: string]: string;
      };
      readonly caption: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
      readonly presets: readonly components["schemas"]["Preset"][];
      readonly code: string;
      readonly command: string | null;
    };
    /** @description Figures of one operation. */
    readonly Figures: {
      readonly path: string;
      readonly type: string;
      readonly label: string;
      readonly shape: readonly number[];
      readonly parameters: number;
      readonly macs: number;
      readonly activation_bytes: number;
      readonly training_bytes: number;
      readonly field: readonly [number, number];
      readonly field_stride: readonly [number | null, number | null];
      readonly auxiliary: boolean;
    };
    /** @description A fix that was tried. */
    readonly Fixed: {
      readonly path: string;
      readonly kind: string;
      readonly values: {
        readonly [key: string]: string;
      };
      readonly changes: readonly {
        readonly [key: string]: unknown;
      }[];
      readonly solves: boolean;
    };
    /** @description Fixes of the first problems of a draft. */
    readonly Fixes: {
      readonly fixes: readonly components["schemas"]["Fixed"][];
    };
    /** @description A formula on lines of its own. */
    readonly FormulaBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "formula";
      readonly math: components["schemas"]["MathNode"];
      readonly text: string;
    };
    /** @description Kernels of the first convolution and feature maps of some layers, after `step` steps. */
    readonly Frame: {
      readonly step: number;
      readonly epoch: number;
      readonly pictures: readonly components["schemas"]["Picture"][];
    };
    /** @description A picture of the filmstrip: after how many steps and whole epochs it was taken. */
    readonly FrameInfo: {
      readonly step: number;
      readonly epoch: number;
    };
    /** @description One thing that a solution has. */
    readonly Goal: {
      readonly key: string;
      readonly value: number | null;
      readonly target: number;
      readonly reached: boolean;
    };
    /** @description An image of the validation split whose prediction is shown. */
    readonly HandfulImage: {
      readonly index: number;
      readonly label: number;
      readonly width: number;
      readonly height: number;
    };
    /** @description A heading of level 2 or 3; the anchor is the same in all languages. */
    readonly HeadingBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "heading";
      readonly level: number;
      readonly anchor: string;
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description State of the studio. */
    readonly Health: {
      readonly version: string;
      readonly workspace: string;
      readonly data: readonly string[];
      readonly pid: number;
    };
    /** @description Counts in bins of equal width from `low` to `high`. */
    readonly Histogram: {
      readonly low: number;
      readonly high: number;
      readonly counts: readonly number[];
    };
    /** @description Events of a run: a part of `events.jsonl`, in bytes. */
    readonly History: {
      readonly from: number;
      readonly to: number;
      readonly events: readonly {
        readonly [key: string]: unknown;
      }[];
      readonly seconds: readonly (number | null)[];
    };
    /** @description One image. */
    readonly ImageFacts: {
      readonly label: number;
      readonly digest: string;
      readonly path: string;
      readonly bytes: number;
      readonly format: string;
      readonly mode: string;
      readonly height: number;
      readonly width: number;
      readonly orientation: number;
    };
    /** @description Size of images, and number of classes, of a known data set. */
    readonly ImageSet: {
      readonly name: string;
      readonly shape: readonly [number, number, number];
      readonly num_classes: number;
    };
    /** @description Published weights of a network; `is_here`: they are on this machine. */
    readonly InstalledWeights: {
      readonly name: string;
      readonly summary: string;
      readonly is_here: boolean;
      readonly get: string;
    };
    /** @description A verb of the command line that runs, ran, or waits. */
    readonly Job: {
      readonly id: string;
      readonly verb: string;
      /** @enum {string} */
      readonly kind: "training" | "work";
      readonly command: string;
      /** @enum {string} */
      readonly state: "waiting" | "running" | "done" | "failed" | "cancelled" | "damaged";
      /**
       * @default {
       *       "done": 0,
       *       "total": 0,
       *       "text": ""
       *     }
       */
      readonly progress: components["schemas"]["Progress"];
      /** @default false */
      readonly resumable: boolean;
      readonly exit_code?: number | null;
      readonly error?: components["schemas"]["Reason"] | null;
      readonly created: number;
      readonly started?: number | null;
      readonly ended?: number | null;
      readonly run?: string | null;
      readonly position?: number | null;
    };
    /** @description All jobs, the newest first. */
    readonly JobList: {
      readonly jobs: readonly components["schemas"]["Job"][];
    };
    /** @description Result of `bench`. */
    readonly KeptTimes: {
      readonly engine: string;
      readonly machine: string;
      readonly threads: number;
      readonly batch_size: number;
      readonly ms: number;
      readonly total_ms: number;
      readonly other_ms: number;
      readonly layers: readonly components["schemas"]["LayerTime"][];
      readonly measured: number;
    };
    /** @description Labels of a split: base64 of little-endian int32. */
    readonly Labels: {
      readonly labels: string;
    };
    /** @description Figures of one layer over the steps. */
    readonly LayerHistory: {
      readonly points: readonly components["schemas"]["LayerPoint"][];
    };
    /** @description A layer of the palette. */
    readonly LayerKind: {
      readonly type: string;
      /** @enum {string} */
      readonly role:
        | "convolution"
        | "linear"
        | "normalisation"
        | "activation"
        | "pooling"
        | "shape"
        | "padding"
        | "dropout"
        | "preprocessing"
        | "shortcut";
      readonly summary: string;
      readonly form: {
        readonly [key: string]: unknown;
      };
      readonly start: {
        readonly [key: string]: unknown;
      };
    };
    /** @description Figures of one layer at a step, without histograms; of its weight where it has one. */
    readonly LayerPoint: {
      readonly step: number;
      readonly mean: number;
      readonly std: number;
      readonly dead: number;
      readonly saturated: number;
      readonly gradientRms: number;
      readonly weightNorm?: number | null;
      readonly gradientNorm?: number | null;
      readonly updateRatio?: number | null;
    };
    /** @description One layer of the table. Sizes are (height, width); a stride of None is uneven. */
    readonly LayerRow: {
      readonly path: string;
      readonly type: string;
      readonly role: string;
      readonly output_shape: readonly number[];
      readonly parameters: number;
      readonly macs: number;
      readonly connections: number;
      readonly activation_bytes: number;
      readonly training_bytes: number;
      readonly field_size: readonly [number, number];
      readonly field_stride: readonly [number | null, number | null];
      readonly field_start: readonly [number, number];
      readonly auxiliary: boolean;
      readonly window: components["schemas"]["LayerWindow"] | null;
    };
    /** @description Figures of a layer's output in one training step. Large layers are sampled. */
    readonly LayerStatistics: {
      readonly path: string;
      readonly mean: number;
      readonly std: number;
      readonly dead: number;
      readonly saturated: number;
      readonly gradientRms: number;
      readonly activations: components["schemas"]["Histogram"];
      readonly gradients: components["schemas"]["Histogram"];
      readonly parameters: readonly components["schemas"]["ParameterStatistics"][];
    };
    /** @description Milliseconds of one layer; `inside` names the layer with which it is counted. */
    readonly LayerTime: {
      readonly path: string;
      readonly ms: number;
      readonly share: number;
      readonly inside: string;
    };
    /** @description Times of a network, and the job that measures it. */
    readonly LayerTimes: {
      readonly times: components["schemas"]["KeptTimes"] | null;
      readonly job: components["schemas"]["Job"] | null;
    };
    /** @description Sizes of a sliding window, as (height, width). */
    readonly LayerWindow: {
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly padding: readonly [number, number];
      readonly groups: number;
    };
    /** @description A link to another site. */
    readonly LinkSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "link";
      readonly href: string;
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description A list of items, each of which has blocks. */
    readonly ListBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "list";
      readonly ordered: boolean;
      readonly items: readonly (readonly (
        | components["schemas"]["HeadingBlock"]
        | components["schemas"]["ParagraphBlock"]
        | components["schemas"]["ListBlock"]
        | components["schemas"]["FormulaBlock"]
        | components["schemas"]["CodeBlock"]
        | components["schemas"]["TableBlock"]
        | components["schemas"]["FigureBlock"]
        | components["schemas"]["QuestionBlock"]
        | components["schemas"]["ErratumBlock"]
      )[])[];
    };
    /** @description The end of what a job printed. */
    readonly Log: {
      readonly output: string;
      readonly error: string;
    };
    /** @description One element of MathML; the tags and attributes are those of `reading/formula.py`. */
    readonly MathNode: {
      readonly tag: string;
      readonly attributes?: {
        readonly [key: string]: string;
      };
      /** @default [] */
      readonly children: readonly (components["schemas"]["MathNode"] | string)[];
    };
    /** @description A formula within a line; `text` is its readable form. */
    readonly MathSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "math";
      readonly math: components["schemas"]["MathNode"];
      readonly text: string;
    };
    /** @description Seconds of a training step: the median, and the range of the steps that were timed. */
    readonly Measured: {
      readonly step_s: number;
      readonly low_s: number;
      readonly high_s: number;
      readonly validation_s?: number | null;
      readonly steps: number;
      readonly source: string;
    };
    /** @description Everything that can be looked at: runs, files, installed weights, the zoo. */
    readonly ModelList: {
      readonly models: readonly components["schemas"]["ModelRow"][];
    };
    /** @description A model that can be looked at, or an architecture with initial weights. */
    readonly ModelRow: {
      readonly id: string;
      readonly name: string;
      /** @enum {string} */
      readonly kind: "run" | "file" | "zoo" | "weights";
      readonly argument: string;
      readonly architecture: string;
      /** @default [] */
      readonly input: readonly number[];
      readonly classes?: number | null;
      /** @default true */
      readonly trained: boolean;
      readonly run?: string | null;
      readonly data?: string | null;
      readonly accuracy?: number | null;
      readonly bytes?: number | null;
      readonly changed?: number | null;
    };
    /** @description Place of a run; `id` is null in the trash. */
    readonly Moved: {
      readonly id: string | null;
      readonly name: string;
      readonly command: string;
    };
    /** @description Networks side by side; `layers_depth` is not None where blocks are compared, not layers. */
    readonly NetworkComparison: {
      readonly cards: readonly components["schemas"]["Card"][];
      readonly diagrams: readonly {
        readonly [key: string]: unknown;
      }[];
      readonly layers: readonly components["schemas"]["ComparedRow"][];
      readonly layers_depth: number | null;
      readonly equal_layers: number;
      readonly command: string;
    };
    /** @description Everything that is known of a network of the zoo, and its published weights. */
    readonly NetworkPage: {
      readonly printed: readonly components["schemas"]["PrintedRow"][];
      readonly facts: readonly components["schemas"]["CheckedFact"][];
      readonly differs_from_paper: readonly string[];
      readonly results: readonly components["schemas"]["convscope__arch__architecture__Result"][];
      readonly errata: readonly components["schemas"]["ErratumRow"][];
      readonly layers: readonly components["schemas"]["LayerRow"][];
      readonly convention: string;
      readonly diagram: {
        readonly [key: string]: unknown;
      };
      readonly entry: components["schemas"]["ZooEntry"];
    };
    /** @description A network as JSON and as a Python file that needs only torch. */
    readonly NetworkSource: {
      readonly architecture: string;
      readonly pytorch: string;
      readonly pytorch_command: string;
    };
    /** @description All of them, the newest first. */
    readonly Networks: {
      readonly networks: readonly components["schemas"]["Saved"][];
    };
    /** @description A network as the text of the editor, and where it comes from. */
    readonly Opened: {
      readonly text: string;
      readonly source: string;
    };
    /** @description Everything that can be put into a network. */
    readonly Palette: {
      readonly layers: readonly components["schemas"]["LayerKind"][];
      readonly compositions: readonly components["schemas"]["ReadyBlock"][];
      readonly ready: readonly components["schemas"]["ReadyBlock"][];
    };
    /** @description The paper that published a network. */
    readonly Paper: {
      readonly title: string;
      readonly authors: string;
      readonly year: number;
      readonly url: string;
    };
    /** @description A paragraph. */
    readonly ParagraphBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "paragraph";
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description Figures of one tensor of weights. Histogram and update of large ones are sampled. */
    readonly ParameterStatistics: {
      readonly name: string;
      readonly weightNorm: number;
      readonly gradientNorm: number;
      readonly updateRatio: number;
      readonly weights: components["schemas"]["Histogram"];
      readonly gradients: components["schemas"]["Histogram"];
    };
    /** @description Numbers of 8 bits: value = (q - zero) scale. */
    readonly Picture: {
      /** @enum {string} */
      readonly kind: "kernels" | "maps";
      readonly path: string;
      readonly shape: readonly number[];
      readonly total: number;
      readonly size: readonly [number, number];
      readonly zero: number;
      readonly scale: number;
      readonly values: string;
    };
    /** @description Predictions of the handful over the steps. */
    readonly PredictionHistory: {
      readonly predictions: readonly components["schemas"]["Predictions"][];
    };
    /** @description Probabilities of the handful after `step` steps: the largest first. */
    readonly Predictions: {
      readonly step: number;
      readonly epoch: number;
      readonly images: readonly (readonly components["schemas"]["Share"][])[];
    };
    /** @description A state of a figure that is worth seeing. */
    readonly Preset: {
      readonly id: string;
      readonly label: string;
      readonly state: {
        readonly [key: string]: string;
      };
    };
    /** @description A number that the paper prints, and ours in the same unit. */
    readonly PrintedRow: {
      readonly table: string;
      readonly row: string;
      readonly quantity: string;
      readonly printed: string;
      readonly ours: string;
      readonly agrees: boolean;
      readonly why: string;
    };
    /** @description Progress of a job or a task. */
    readonly Progress: {
      /** @default 0 */
      readonly done: number;
      /** @default 0 */
      readonly total: number;
      /** @default  */
      readonly text: string;
    };
    /** @description A computed number by its name in `quantities/`. */
    readonly QuantitySpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "quantity";
      readonly name: string;
      readonly text: string;
    };
    /** @description A question that checks itself. */
    readonly QuestionBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "question";
      readonly id: string;
      /** @enum {string} */
      readonly type: "choice" | "number";
      readonly prompt: readonly (
        | components["schemas"]["HeadingBlock"]
        | components["schemas"]["ParagraphBlock"]
        | components["schemas"]["ListBlock"]
        | components["schemas"]["FormulaBlock"]
        | components["schemas"]["CodeBlock"]
        | components["schemas"]["TableBlock"]
        | components["schemas"]["FigureBlock"]
        | components["schemas"]["QuestionBlock"]
        | components["schemas"]["ErratumBlock"]
      )[];
      readonly choices: readonly components["schemas"]["Choice"][];
      readonly answer: string | number;
      readonly tolerance: number;
      readonly why: readonly (
        | components["schemas"]["HeadingBlock"]
        | components["schemas"]["ParagraphBlock"]
        | components["schemas"]["ListBlock"]
        | components["schemas"]["FormulaBlock"]
        | components["schemas"]["CodeBlock"]
        | components["schemas"]["TableBlock"]
        | components["schemas"]["FigureBlock"]
        | components["schemas"]["QuestionBlock"]
        | components["schemas"]["ErratumBlock"]
      )[];
      readonly shows: components["schemas"]["Shown"] | null;
    };
    /** @description A network that was read, and sentences about what was left out. */
    readonly ReadNetwork: {
      readonly architecture: {
        readonly [key: string]: unknown;
      };
      readonly notes: readonly string[];
    };
    /** @description A ready block; its name and its text are in the page, by its id. */
    readonly ReadyBlock: {
      readonly id: string;
      readonly name: string;
      readonly block: {
        readonly [key: string]: unknown;
      };
    };
    /** @description The parts of an error of something that ran: a job, a task. */
    readonly Reason: {
      readonly given: string;
      /** @default  */
      readonly expected: string;
      /** @default  */
      readonly fix: string;
      /** @default  */
      readonly where: string;
    };
    /** @description A recipe of the list. */
    readonly RecipeEntry: {
      readonly name: string;
      readonly summary: string;
      readonly measured: string;
      readonly data: string;
      readonly chosen: boolean;
    };
    /** @description All recipes. `reason`: a sentence on why one is chosen. */
    readonly Recipes: {
      readonly recipes: readonly components["schemas"]["RecipeEntry"][];
      readonly reason: string;
    };
    /** @description State of all challenges, in their order. */
    readonly Results: {
      readonly challenges: readonly components["schemas"]["convscope__server__studio__building__challenges__Result"][];
    };
    /** @description A kind of problem. */
    readonly Rule: {
      /** @enum {string} */
      readonly severity: "error" | "warning" | "note";
      readonly message: string;
      readonly fix: string;
    };
    /** @description Everything that a check can report, by its code. */
    readonly Rules: {
      readonly rules: {
        readonly [key: string]: components["schemas"]["Rule"];
      };
    };
    /** @description A run, as one to start from. */
    readonly Run: {
      readonly id: string;
      readonly name: string;
    };
    /** @description Points of one run. */
    readonly RunCurves: {
      readonly id: string;
      readonly name: string;
      readonly state: string;
      readonly to: number;
      readonly steps_per_epoch: number;
      readonly steps: {
        readonly [key: string]: readonly number[];
      };
      readonly epochs: {
        readonly [key: string]: readonly number[];
      };
    };
    /** @description Events of a run. */
    readonly RunEvents: {
      readonly events: readonly {
        readonly [key: string]: unknown;
      }[];
      readonly offset: number;
    };
    /** @description One run: its row, its whole note, its settings, and whether it has a report. */
    readonly RunPage: {
      readonly row: components["schemas"]["RunRow"];
      readonly note: string;
      readonly settings: {
        readonly [key: string]: unknown;
      };
      readonly has_report: boolean;
      readonly resume_command: string;
      readonly results: {
        readonly [key: string]: unknown;
      };
    };
    /** @description A run of the list. */
    readonly RunRow: {
      readonly id: string;
      readonly name: string;
      readonly state: string;
      readonly architecture: string;
      readonly data: string;
      readonly parameters: number | null;
      readonly epochs: number;
      readonly epochs_done: number;
      readonly validation_accuracy: number | null;
      readonly validation_loss: number | null;
      readonly test_accuracy: number | null;
      readonly time_s: number;
      readonly changed: string | null;
      readonly precision: string;
      readonly recipe: string;
      readonly message: string;
      readonly note: string;
      readonly sweep: string | null;
    };
    /** @description All runs and sweeps of the workspace. */
    readonly RunRows: {
      readonly runs: readonly components["schemas"]["RunRow"][];
      readonly sweeps: readonly components["schemas"]["SweepRow"][];
    };
    /** @description A network of the workspace: its name, its path from there, when it was written (seconds). */
    readonly Saved: {
      readonly name: string;
      readonly path: string;
      readonly modified: number;
    };
    /** @description Learning rate at some steps, counted from 0; straight lines between them. */
    readonly Schedule: {
      readonly step: readonly number[];
      readonly lr: readonly number[];
    };
    /** @description A computed visual. */
    readonly Seen: {
      readonly payload: {
        readonly [key: string]: unknown;
      };
      readonly command: string;
      readonly seconds: number;
      /** @default [] */
      readonly notes: readonly string[];
    };
    /** @description Probability of a class. */
    readonly Share: {
      readonly label: number;
      readonly share: number;
    };
    /** @description Keys of a figure that show the answer of a question. */
    readonly Shown: {
      readonly figure: string;
      readonly state: {
        readonly [key: string]: string;
      };
    };
    /** @description PyTorch source. */
    readonly Source: {
      readonly source: string;
    };
    /** @description Images of a split, by class. */
    readonly SplitCounts: {
      /** @enum {string} */
      readonly name: "train" | "val" | "test";
      readonly images: number;
      readonly counts: readonly number[];
    };
    /** @description Starting points of a network, besides the saved ones. */
    readonly Starts: {
      readonly zoo: readonly string[];
      readonly runs: readonly components["schemas"]["Run"][];
      readonly sets: readonly components["schemas"]["ImageSet"][];
    };
    /** @description An image that was stored; `path` is relative to the workspace. */
    readonly StoredImage: {
      readonly id: string;
      readonly path: string;
    };
    /** @description Strong text. */
    readonly StrongSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "strong";
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
    };
    /** @description Sums over the operations that were reached; those of auxiliary heads are separate. */
    readonly Sums: {
      readonly layers: number;
      readonly parameters: number;
      readonly macs: number;
      readonly auxiliary_parameters: number;
      readonly weight_bytes: number;
      readonly inference_bytes: number;
      readonly training_bytes: number;
    };
    /** @description A sweep with its dimensions and trials. */
    readonly SweepPage: {
      readonly row: components["schemas"]["SweepRow"];
      readonly dimensions: readonly components["schemas"]["Dimension"][];
      readonly trials: readonly components["schemas"]["Trial"][];
      readonly command: string;
    };
    /** @description A sweep of the list. */
    readonly SweepRow: {
      readonly id: string;
      readonly name: string;
      readonly architecture: string;
      readonly data: string;
      readonly vary: readonly string[];
      readonly trials: number;
      readonly running: boolean;
      readonly best: number | null;
      readonly job: string | null;
    };
    /** @description A table: cells of the head, then of each row. */
    readonly TableBlock: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "table";
      readonly head: readonly (readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[])[];
      readonly rows: readonly (readonly (readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[])[])[];
    };
    /** @description The first use of a term of the glossary. */
    readonly TermSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "term";
      readonly entry: string;
      readonly spans: readonly (
        | components["schemas"]["TextSpan"]
        | components["schemas"]["StrongSpan"]
        | components["schemas"]["EmphasisSpan"]
        | components["schemas"]["CodeSpan"]
        | components["schemas"]["MathSpan"]
        | components["schemas"]["LinkSpan"]
        | components["schemas"]["ChapterSpan"]
        | components["schemas"]["DriveSpan"]
        | components["schemas"]["TermSpan"]
        | components["schemas"]["CiteSpan"]
        | components["schemas"]["QuantitySpan"]
      )[];
      readonly definition: string;
    };
    /** @description Plain text. */
    readonly TextSpan: {
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      readonly kind: "text";
      readonly text: string;
    };
    /** @description A run before it starts, as far as it can be planned. */
    readonly TrainingPlan: {
      readonly recipe: string;
      readonly usual: {
        readonly [key: string]: unknown;
      };
      readonly resolved: {
        readonly [key: string]: unknown;
      };
      readonly faults: {
        readonly [key: string]: string;
      };
      readonly notes: readonly string[];
      readonly reason: string;
      readonly architecture: string;
      readonly parameters: number;
      readonly memory: number;
      readonly steps_per_epoch: number;
      readonly total_steps: number;
      readonly training_samples: number;
      readonly validation_samples: number;
      readonly classes: readonly string[];
      readonly class_counts: readonly number[];
      readonly schedule: components["schemas"]["Schedule"];
      readonly estimate: components["schemas"]["Measured"] | null;
      readonly command: string;
    };
    /** @description A run, as `convscope runs --json` describes it. */
    readonly TrainingRun: {
      readonly id: string;
      readonly name: string;
      readonly folder: string;
      /** @enum {string} */
      readonly state: "running" | "stopped" | "finished" | "failed" | "damaged";
      readonly architecture: string;
      readonly data: string;
      readonly parameters: number | null;
      readonly epochs: number;
      readonly epochs_done: number;
      readonly validation_accuracy: number | null;
      readonly validation_loss: number | null;
      readonly test_accuracy: number | null;
      readonly time_s: number;
      readonly changed: string | null;
      readonly precision: string;
      readonly settings: {
        readonly [key: string]: unknown;
      };
      readonly message: string;
      readonly watched: boolean;
    };
    /** @description All runs of the workspace. */
    readonly TrainingRuns: {
      readonly runs: readonly components["schemas"]["TrainingRun"][];
    };
    /** @description A trial of a sweep. */
    readonly Trial: {
      readonly number: number;
      readonly state: string;
      readonly accuracy: number | null;
      readonly loss: number | null;
      readonly values: {
        readonly [key: string]: string;
      };
      readonly message: string;
      readonly run: string | null;
    };
    /** @description All visuals, in the order of a page. */
    readonly Visuals: {
      readonly visuals: readonly components["schemas"]["Described"][];
    };
    /** @description Content of a watched run: the newest figures, the handful, and the list of frames. */
    readonly Watched: {
      readonly about: components["schemas"]["About"] | null;
      readonly statistics:
        components["schemas"]["convscope__training__watching__records__Statistics"] | null;
      readonly predictions: readonly components["schemas"]["Predictions"][];
      readonly frames: readonly components["schemas"]["FrameInfo"][];
    };
    /** @description A layer: its path, operation, output shape and parameters. */
    readonly WatchedLayer: {
      readonly path: string;
      readonly type: string;
      readonly label: string;
      /** @default  */
      readonly role: string;
      readonly shape: readonly number[];
      readonly parameters: readonly string[];
    };
    /** @description One row of the list: the figures of a network and its published weights. */
    readonly ZooEntry: {
      readonly card: components["schemas"]["Card"];
      readonly weights: readonly components["schemas"]["InstalledWeights"][];
    };
    /** @description All architectures, in the order of the list. */
    readonly ZooList: {
      readonly entries: readonly components["schemas"]["ZooEntry"][];
    };
    /** @description A published error rate with its protocol. */
    readonly convscope__arch__architecture__Result: {
      readonly data: string;
      readonly split: string;
      readonly top1?: number | null;
      readonly top5?: number | null;
      readonly protocol: string;
      /** @default 1 */
      readonly ensemble: number;
      readonly source: string;
      /** @default  */
      readonly weights: string;
    };
    /** @description State of one challenge. */
    readonly convscope__server__studio__building__challenges__Result: {
      readonly id: string;
      readonly input: readonly [number, number, number];
      readonly num_classes: number;
      readonly trained: boolean;
      readonly goals: readonly components["schemas"]["Goal"][];
      readonly solved: boolean;
      /** @default  */
      readonly run: string;
    };
    /** @description Histograms of a split; aspect is log2(width / height), brightness the mean from 0 to 255. */
    readonly convscope__server__studio__routes__data__Statistics: {
      readonly width: components["schemas"]["DataHistogram"];
      readonly height: components["schemas"]["DataHistogram"];
      readonly aspect: components["schemas"]["DataHistogram"];
      readonly brightness: components["schemas"]["DataHistogram"];
    };
    /** @description Figures of every layer after `step` steps, in the order of the network. */
    readonly convscope__training__watching__records__Statistics: {
      readonly step: number;
      readonly epoch: number;
      readonly layers: readonly components["schemas"]["LayerStatistics"][];
    };
    /** @description The model with which a file is compared. */
    readonly Against: {
      readonly model: string;
    };
    /** @description Changes of a network: numbers of parameters by their place, and channels set to 0. */
    readonly Changes: {
      /** @default {} */
      readonly values: {
        readonly [key: string]: {
          readonly [key: string]: number;
        };
      };
      /** @default {} */
      readonly off: {
        readonly [key: string]: readonly number[];
      };
    };
    /** @description Options of a check. */
    readonly CheckOptions: {
      /** @default 224 */
      readonly side: number;
    };
    /** @description One line of `control.jsonl`. */
    readonly Command: {
      /** @enum {string} */
      readonly command: "pause" | "resume" | "step" | "stop" | "lr" | "watch";
      /** @default null */
      readonly lr: number | null;
      /** @default null */
      readonly on: boolean | null;
    };
    /** @description Place of corrected data. */
    readonly CorrectOptions: {
      readonly name: string;
      /** @default false */
      readonly link: boolean;
    };
    /** @description Whose doubts, on which images. */
    readonly DoubtsOptions: {
      readonly model: string;
      /** @default null */
      readonly split: ("train" | "val" | "test") | "all" | null;
      /** @default 1000 */
      readonly num: number;
    };
    /** @description A network that is being built. */
    readonly DraftBody: {
      readonly architecture: string;
      /** @default 1 */
      readonly batch_size: number;
    };
    /** @description Augmentation of one image. */
    readonly Draws: {
      /** @enum {string} */
      readonly split: "train" | "val" | "test";
      readonly index: number;
      /** @default 15 */
      readonly draws: number;
      /** @default 0 */
      readonly seed: number;
      /** @default 96 */
      readonly side: number;
      readonly augmentation: {
        readonly [key: string]: unknown;
      };
    };
    /** @description Request of an evaluation. */
    readonly EvaluationRequest: {
      readonly model: string;
      readonly data: string;
      /** @default null */
      readonly split: ("train" | "val" | "test" | "all") | null;
    };
    /** @description Request for an export. */
    readonly ExportRequest: {
      readonly model: string;
      /** @enum {string} */
      readonly to: "onnx" | "pytorch" | "web";
    };
    /** @description A forward pass of the server, for networks that are too large for a tab. */
    readonly ForwardRequest: {
      readonly model: string;
      readonly image: string;
      /** @default [] */
      readonly layers: readonly string[];
      /**
       * @default {
       *       "values": {},
       *       "off": {}
       *     }
       */
      readonly changes: components["schemas"]["Changes"];
    };
    /** @description A learning rate range test. */
    readonly LrRangeSetup: {
      readonly network: string;
      readonly data: string;
      /** @default null */
      readonly recipe: string | null;
      /** @default {} */
      readonly settings: {
        readonly [key: string]: unknown;
      };
      /** @default  */
      readonly input: string;
      /** @default 0.000001 */
      readonly low: number;
      /** @default 10 */
      readonly high: number;
      /** @default null */
      readonly steps: number | null;
    };
    /** @description Another name for a run's folder. */
    readonly NewName: {
      readonly name: string;
    };
    /** @description The note of a run, as plain text. */
    readonly Note: {
      readonly text: string;
    };
    /** @description A path that the user names. */
    readonly PathName: {
      readonly path: string;
    };
    /** @description A payload that is to be drawn. */
    readonly PictureRequest: {
      readonly payload: {
        readonly [key: string]: unknown;
      };
    };
    /** @description PyTorch source, and the network that is open: its input is tried first. */
    readonly ReadBody: {
      readonly source: string;
      /** @default  */
      readonly name: string;
      /** @default null */
      readonly input: readonly [number, number, number] | null;
      /** @default null */
      readonly num_classes: number | null;
    };
    /** @description Settings of a resumed run. `epochs`: train for more than the recipe says. */
    readonly Resume: {
      /** @default true */
      readonly watch: boolean;
      /** @default null */
      readonly epochs: number | null;
    };
    /** @description A network to save. */
    readonly SaveBody: {
      readonly name: string;
      readonly architecture: string;
      /** @default false */
      readonly replace: boolean;
    };
    /** @description Network, data and recipe of a run. */
    readonly Setup: {
      readonly network: string;
      readonly data: string;
      /** @default null */
      readonly recipe: string | null;
      /** @default {} */
      readonly settings: {
        readonly [key: string]: unknown;
      };
      /** @default  */
      readonly input: string;
    };
    /** @description A network that fits: its JSON form, as text. */
    readonly SourceBody: {
      readonly architecture: string;
    };
    /** @description A run to start. `name`: of the run folder; "" chooses one. */
    readonly Start: {
      readonly network: string;
      readonly data: string;
      /** @default null */
      readonly recipe: string | null;
      /** @default {} */
      readonly settings: {
        readonly [key: string]: unknown;
      };
      /** @default  */
      readonly input: string;
      /** @default  */
      readonly name: string;
      /** @default true */
      readonly watch: boolean;
    };
    /** @description A visual to compute, as the options of `convscope look` name it. */
    readonly VisualRequest: {
      readonly visual: string;
      readonly model: string;
      /** @default null */
      readonly image: string | null;
      /** @default null */
      readonly layer: string | null;
      /** @default null */
      readonly unit: number | null;
      /** @default null */
      readonly target: string | null;
      /** @default null */
      readonly data: string | null;
      /** @default null */
      readonly split: string | null;
      /** @default {} */
      readonly settings: {
        readonly [key: string]: unknown;
      };
      /** @default 15 */
      readonly budget: number | null;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly zoo_list_zoo: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ZooList"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly zoo_list_outlines: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly zoo_compare_networks: {
    readonly parameters: {
      readonly query: {
        readonly names: readonly string[];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["NetworkComparison"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly zoo_show_network: {
    readonly parameters: {
      readonly query: {
        readonly name: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["NetworkPage"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly zoo_show_source: {
    readonly parameters: {
      readonly query: {
        readonly name: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["NetworkSource"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly zoo_show_times: {
    readonly parameters: {
      readonly query: {
        readonly name: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["LayerTimes"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly zoo_measure_times: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Measured"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_palette: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Palette"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_check: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["DraftBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["CheckedDraft"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_fixes: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["DraftBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Fixes"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_source: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["SourceBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Source"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_challenges: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["DraftBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Results"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_read: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["ReadBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ReadNetwork"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_networks: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Networks"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_save: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["SaveBody"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Saved"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_starts: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Starts"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly build_build_start: {
    readonly parameters: {
      readonly query?: {
        readonly zoo?: string;
        readonly run?: string;
        readonly network?: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Opened"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_list: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["DataList"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_add_path: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["PathName"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["DataEntry"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_rules: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Rules"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_augmentations: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Augmentations"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_summary: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["DataSummary"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_labels: {
    readonly parameters: {
      readonly query: {
        /** @description A split of the data set. */
        readonly split: "train" | "val" | "test";
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Labels"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_sheet: {
    readonly parameters: {
      readonly query: {
        /** @description A split of the data set. */
        readonly split: "train" | "val" | "test";
        /** @description Side of a tile in pixels. */
        readonly side: number;
        /** @description Numbers, as 0-63,70,80. */
        readonly images: string;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description An image */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "image/png": unknown;
          readonly "image/webp": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_image: {
    readonly parameters: {
      readonly query: {
        /** @description A split of the data set. */
        readonly split: "train" | "val" | "test";
        /** @description Number of an image in the split. */
        readonly index: number;
        /** @description Longest side in pixels. */
        readonly most?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description An image */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "image/png": unknown;
          readonly "image/webp": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_facts: {
    readonly parameters: {
      readonly query: {
        /** @description A split of the data set. */
        readonly split: "train" | "val" | "test";
        /** @description Number of an image in the split. */
        readonly index: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ImageFacts"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_file: {
    readonly parameters: {
      readonly query: {
        readonly path: string;
        /** @description Side of a tile in pixels. */
        readonly side?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description An image */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "image/png": unknown;
          readonly "image/webp": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_statistics: {
    readonly parameters: {
      readonly query: {
        /** @description A split of the data set. */
        readonly split: "train" | "val" | "test";
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["convscope__server__studio__routes__data__Statistics"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_means: {
    readonly parameters: {
      readonly query: {
        /** @description A split of the data set. */
        readonly split: "train" | "val" | "test";
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description An image */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "image/png": unknown;
          readonly "image/webp": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_augmented: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Draws"];
      };
    };
    readonly responses: {
      /** @description An image */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "image/png": unknown;
          readonly "image/webp": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_get: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_check: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["CheckOptions"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_doubts: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["DoubtsOptions"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_corrections: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Corrections"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_save_corrections: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Corrections"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Corrections"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_data_correct: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["CorrectOptions"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly data_upload: {
    readonly parameters: {
      readonly query: {
        /** @description Name of the archive. */
        readonly name: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly models_all_models: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ModelList"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly models_model: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ModelRow"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly models_web: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
        /** @description model.json, or a file beside it. */
        readonly file: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A file */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/octet-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_visuals: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Visuals"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_image: {
    readonly parameters: {
      readonly query: {
        readonly width: number;
        readonly height: number;
        readonly channels: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["StoredImage"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_estimate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["VisualRequest"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Estimated"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_visual: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["VisualRequest"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Seen"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_picture: {
    readonly parameters: {
      readonly query?: {
        readonly format?: "svg" | "png";
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["PictureRequest"];
      };
    };
    readonly responses: {
      /** @description A file */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "image/svg+xml": unknown;
          readonly "image/png": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_manifest: {
    readonly parameters: {
      readonly query: {
        /** @description As commands take it. */
        readonly model: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_forward: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["ForwardRequest"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/octet-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_parameter: {
    readonly parameters: {
      readonly query: {
        /** @description As commands take it. */
        readonly model: string;
        readonly name: string;
        readonly first?: number | null;
        readonly count?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/octet-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly look_look_sample: {
    readonly parameters: {
      readonly query: {
        /** @description As commands take it. */
        readonly model: string;
        readonly name: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/octet-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly evaluate_evaluate: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["EvaluationRequest"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["EvaluationState"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly evaluate_evaluation: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["EvaluationResult"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly evaluate_evaluated: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["EvaluatedImages"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_runs: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["TrainingRuns"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_start: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Start"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_recipes: {
    readonly parameters: {
      readonly query?: {
        readonly network?: string;
        readonly data?: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Recipes"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_schema: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": {
            readonly [key: string]: unknown;
          };
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_plan: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Setup"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["TrainingPlan"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_measure: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Setup"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Measured"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_lr_range: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["LrRangeSetup"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_run: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["TrainingRun"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_resume: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Resume"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_control: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Command"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["TrainingRun"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_history: {
    readonly parameters: {
      readonly query?: {
        readonly offset?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["History"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_watch: {
    readonly parameters: {
      readonly query?: {
        /** @description After this step. */
        readonly since?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Watched"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_statistics: {
    readonly parameters: {
      readonly query?: {
        readonly step?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["convscope__training__watching__records__Statistics"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_layer: {
    readonly parameters: {
      readonly query: {
        readonly path: string;
        /** @description After this step. */
        readonly since?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["LayerHistory"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_predictions: {
    readonly parameters: {
      readonly query?: {
        /** @description After this step. */
        readonly since?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["PredictionHistory"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_frame: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
        readonly step: number;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Frame"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly training_training_image: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
        readonly number: number;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A PNG file */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "image/png": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_rows: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["RunRows"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_curves: {
    readonly parameters: {
      readonly query: {
        readonly ids: readonly string[];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["AllCurves"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_difference: {
    readonly parameters: {
      readonly query: {
        readonly ids: readonly string[];
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Difference"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_page: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["RunPage"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_note: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Note"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["RunPage"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_rename: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["NewName"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Moved"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_trash: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Moved"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_run_report: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content?: never;
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_sweep_page: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["SweepPage"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly runs_sweep_stop: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_jobs: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["JobList"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_job: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_result: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description JSON */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_log: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Log"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly jobs_cancel: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly exports_exported_files: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ExportedFiles"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly exports_export: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["ExportRequest"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly exports_verify: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["Against"];
      };
    };
    readonly responses: {
      /** @description Successful Response */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Job"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly exports_exported_file: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description The file */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/octet-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly lessons_course: {
    readonly parameters: {
      readonly query?: {
        /** @description Language of the text. */
        readonly lang?: "en" | "zh";
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Course"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly lessons_data: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path: {
        /** @description Name of a file of a figure. */
        readonly name: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description A file */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/octet-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly lessons_chapter: {
    readonly parameters: {
      readonly query?: {
        /** @description Language of the text. */
        readonly lang?: "en" | "zh";
      };
      readonly header?: never;
      readonly path: {
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Chapter"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly events_events: {
    readonly parameters: {
      readonly query?: {
        /** @description As the header Last-Event-ID. */
        readonly last?: string;
        /** @description As the header Accept-Language. */
        readonly lang?: string;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Server-sent events */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "text/event-stream": unknown;
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly events_run_events: {
    readonly parameters: {
      readonly query?: {
        readonly offset?: number;
      };
      readonly header?: never;
      readonly path: {
        /** @description An id, as lists have it. */
        readonly id: string;
      };
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["RunEvents"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
  readonly studio_health: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description Successful Response */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
      /** @description An error: its parts as sentences */
      readonly default: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["ErrorAnswer"];
        };
      };
    };
  };
}
