"""Names of networks in other libraries, where they differ from ours; keys: `weights/names/`."""

THEIRS: dict[str, dict[str, str]] = {
    "torchvision": {
        "alexnet_owt": "alexnet",
        "googlenet_bn": "googlenet",
        "mobilenet_v2_035": "mobilenet_v2",
        "mobilenet_v2_050": "mobilenet_v2",
        "mobilenet_v2_075": "mobilenet_v2",
        "mobilenet_v2_140": "mobilenet_v2",
        "regnetx_16gf": "regnet_x_16gf",
        "regnetx_1_6gf": "regnet_x_1_6gf",
        "regnetx_32gf": "regnet_x_32gf",
        "regnetx_3_2gf": "regnet_x_3_2gf",
        "regnetx_400mf": "regnet_x_400mf",
        "regnetx_800mf": "regnet_x_800mf",
        "regnetx_8gf": "regnet_x_8gf",
        "regnety_16gf": "regnet_y_16gf",
        "regnety_1_6gf": "regnet_y_1_6gf",
        "regnety_32gf": "regnet_y_32gf",
        "regnety_3_2gf": "regnet_y_3_2gf",
        "regnety_400mf": "regnet_y_400mf",
        "regnety_800mf": "regnet_y_800mf",
        "regnety_8gf": "regnet_y_8gf",
    },
    "timm": {
        "efficientnet_lite0": "tf_efficientnet_lite0",
        "efficientnet_lite1": "tf_efficientnet_lite1",
        "efficientnet_lite2": "tf_efficientnet_lite2",
        "efficientnet_lite3": "tf_efficientnet_lite3",
        "efficientnet_lite4": "tf_efficientnet_lite4",
        "mnasnet0_5": "mnasnet_050",
        "mnasnet0_75": "mnasnet_075",
        "mnasnet1_0": "mnasnet_100",
        "mnasnet_a1": "semnasnet_100",
        "mobilenet_v1": "mobilenetv1_100",
        "mobilenet_v1_025": "",
        "mobilenet_v1_050": "",
        "mobilenet_v1_075": "",
        "mobilenet_v2": "mobilenetv2_100",
        "mobilenet_v2_035": "mobilenetv2_035",
        "mobilenet_v2_050": "mobilenetv2_050",
        "mobilenet_v2_075": "mobilenetv2_075",
        "mobilenet_v2_140": "mobilenetv2_140",
        "regnetx_16gf": "regnetx_160",
        "regnetx_1_6gf": "regnetx_016",
        "regnetx_200mf": "regnetx_002",
        "regnetx_32gf": "regnetx_320",
        "regnetx_3_2gf": "regnetx_032",
        "regnetx_400mf": "regnetx_004_tv",
        "regnetx_400mf_pycls": "regnetx_004",
        "regnetx_800mf": "regnetx_008",
        "regnetx_8gf": "regnetx_080",
        "regnety_16gf": "regnety_160",
        "regnety_1_6gf": "regnety_016",
        "regnety_200mf": "regnety_002",
        "regnety_32gf": "regnety_320",
        "regnety_3_2gf": "regnety_032",
        "regnety_400mf": "regnety_004",
        "regnety_800mf": "regnety_008_tv",
        "regnety_800mf_pycls": "regnety_008",
        "regnety_8gf": "regnety_080_tv",
        "regnety_8gf_pycls": "regnety_080",
        "repvgg_a0_deployed": "",
        "repvgg_a1_deployed": "",
        "repvgg_a2_deployed": "",
        "repvgg_b0_deployed": "",
        "repvgg_b1_deployed": "",
        "repvgg_b1g4_deployed": "",
        "repvgg_b2_deployed": "",
        "repvgg_b2g4_deployed": "",
        "repvgg_b3_deployed": "",
        "repvgg_b3g4_deployed": "",
        "se_resnet101": "legacy_seresnet101",
        "se_resnet152": "legacy_seresnet152",
        "se_resnet50": "legacy_seresnet50",
        "se_resnext101_32x4d": "legacy_seresnext101_32x4d",
        "se_resnext50_32x4d": "legacy_seresnext50_32x4d",
        "xception": "legacy_xception",
    },
}
"""By layout and our name; "" where the library has the keys, and no such network by name."""

ARGUMENTS: dict[tuple[str, str], str] = {
    ("torchvision", "mobilenet_v2_035"): "width_mult=0.35",
    ("torchvision", "mobilenet_v2_050"): "width_mult=0.5",
    ("torchvision", "mobilenet_v2_075"): "width_mult=0.75",
    ("torchvision", "mobilenet_v2_140"): "width_mult=1.4",
}
"""Further arguments of the library's function that creates the network."""


def creation(layout: str, name: str, num_classes: int) -> str:
    """Return the expression that creates the library's network, as source code."""
    theirs = THEIRS.get(layout, {}).get(name, name)
    functions = {"torchvision": "torchvision.models.get_model", "timm": "timm.create_model"}
    if not theirs or layout not in functions:
        return f"...  # {name} of {layout}"
    arguments = [f'"{theirs}"', f"num_classes={num_classes}"]
    if (layout, name) in ARGUMENTS:
        arguments.append(ARGUMENTS[layout, name])
    return f"{functions[layout]}({', '.join(arguments)})"


def loading(layout: str, name: str, file: str) -> list[str]:
    """Return the statements that load a safetensors file into the library's network.

    Args:
        file: the name of the file, as a literal.
    """
    load = f"safetensors.torch.load_file({file})"
    if layout == "torchvision" and name.startswith("mnasnet"):
        return [  # torchvision asks for a version, which safetensors does not hold
            f"state = collections.OrderedDict({load})",
            'state._metadata = {"": {"version": 2}}',
            "network.load_state_dict(state)",
        ]
    return [f"network.load_state_dict({load})"]
