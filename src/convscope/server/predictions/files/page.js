"use strict";
// Sends the chosen files to /predict. Labels and names come from others: text only, never HTML.

const form = document.getElementById("try");
const answer = document.getElementById("answer");

function line(parent, tag, text, name) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  parent.appendChild(element);
  return element;
}

function show(prediction, file) {
  if (!prediction.error) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    answer.appendChild(picture);
  }
  line(answer, "h3", prediction.source);
  const table = document.createElement("table");
  for (const score of prediction.answers) {
    const row = document.createElement("tr");
    line(row, "td", (100 * score.probability).toFixed(2) + " %");
    line(row, "td", score.label);
    table.appendChild(row);
  }
  answer.appendChild(table);
  if (prediction.error) line(answer, "p", prediction.error, "error");
  if (prediction.note) line(answer, "p", prediction.note);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  answer.replaceChildren();
  const files = form.elements.image.files;
  const token = document.getElementById("token").value;
  try {
    const reply = await fetch("/predict?keep_going=true", {
      method: "POST",
      body: new FormData(form),
      headers: token ? { Authorization: "Bearer " + token } : {},
    });
    const data = await reply.json();
    if (data.error) {
      const parts = ["given", "expected", "fix", "where"].map((key) => data.error[key]);
      line(answer, "p", reply.status + ": " + parts.filter(Boolean).join("\n"), "error");
      return;
    }
    data.predictions.forEach((prediction, number) => show(prediction, files[number]));
  } catch (error) {
    line(answer, "p", String(error), "error");
  }
});
