// Asking the server.

function headers() {
  const token = sessionStorage.getItem("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

// The response, once there is a token where one is needed, and the server is no longer busy.
export async function ask(path, options = {}) {
  for (;;) {
    const response = await fetch(path, { ...options, headers: headers() });
    if (response.status === 401) await askForToken();
    else if (response.status === 503) await new Promise((resolve) => setTimeout(resolve, 1000 * (response.headers.get("Retry-After") ?? 1)));
    else return response;
    options.signal?.throwIfAborted();
  }
}

let asking = null; // one dialog, however many requests were refused
function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("token");
    document.getElementById("token-refused").hidden = !sessionStorage.getItem("token");
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("token", document.getElementById("token-value").value);
      asking = null;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

// Yields a result for each line of the answer; a table may have several.
export async function* results(task, form, signal) {
  const response = await ask(`/v1/${task.name}`, { method: "POST", body: form, signal });
  const text = await response.text();
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) { // a proxy's
    yield { error: `the server answered with status ${response.status}` };
    return;
  }
  for (const line of text.split("\n")) {
    if (line) yield JSON.parse(line);
  }
}
