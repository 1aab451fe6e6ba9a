/** Language and colours of a page: kept in the browser; #lang=zh&theme=dark sets them too. */

import { choice, type Language } from "$/lang/index.svelte";
import { keep, kept } from "$/parts/kept";
import { address } from "$/views/address.svelte";

export type Theme = "system" | "light" | "dark";

const KEY = { language: "convscope.language", theme: "convscope.theme" } as const;

const isTheme = (value: string): value is Theme => ["system", "light", "dark"].includes(value);

class Preferences {
  theme = $state<Theme>("system");

  constructor() {
    const theme = kept(KEY.theme);
    if (isTheme(theme)) this.theme = theme;
    const language = kept(KEY.language) || navigator.language;
    this.#use(language.startsWith("zh") ? "zh" : "en");
  }

  /** Take what the address says, and apply it to the page. Call it in an effect. */
  apply(): void {
    const language = address.get("lang");
    if (language === "zh" || language === "en") this.#use(language);
    const theme = address.get("theme");
    if (isTheme(theme)) this.theme = theme;
    if (this.theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = this.theme;
  }

  chooseLanguage(language: Language): void {
    address.set({ lang: "" });
    keep(KEY.language, language);
    this.#use(language);
  }

  chooseTheme(theme: Theme): void {
    address.set({ theme: "" });
    keep(KEY.theme, theme);
    this.theme = theme;
  }

  #use(language: Language): void {
    choice.language = language;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  }
}

export const preferences = new Preferences();
