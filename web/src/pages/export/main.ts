import "$/theme/palette.css";
import "$/theme/base.css";
import { mount } from "svelte";
import { folderSource } from "$/run";
import App from "$/pages/export/App.svelte";

const target = document.getElementById("page");
if (target) mount(App, { target, props: { source: folderSource("model/") } });
