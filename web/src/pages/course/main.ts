import "$/theme/palette.css";
import "$/theme/base.css";
import { mount } from "svelte";
import App from "$/pages/course/App.svelte";
import { keepSite } from "$/pages/course/offline";

const target = document.getElementById("page");
if (target) {
  target.replaceChildren(); // the sentence for a page that does not start
  mount(App, { target });
  keepSite();
}
