const list = document.getElementById("checks");

function row(name, result) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  const state = document.createElement("span");
  label.textContent = name;
  state.textContent = result;
  state.className = result === "ok" ? "ok" : "bad";
  item.append(label, state);
  return item;
}

async function refresh() {
  try {
    const response = await fetch("/health/ready", { cache: "no-store", signal: AbortSignal.timeout(4000) });
    const { status, checks } = await response.json();
    list.replaceChildren(
      row("ready to answer", status),
      ...Object.entries(checks).map(([name, result]) => row(name, result)),
    );
  } catch {
    list.replaceChildren(row("gateway", "no answer"));
  }
}

setInterval(() => document.hidden || refresh(), 5000);
