// The page of the API's documents: Swagger UI, without anything from elsewhere.

const root = document.querySelector("#docs");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function followPreference() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

function csrfToken() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

dark.addEventListener("change", followPreference);
followPreference();

window.SwaggerUIBundle({
  domNode: root,
  url: root.dataset.schema,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: false,
  validatorUrl: null,
  // A person who is logged in may try routes by their session, which needs the token.
  requestInterceptor(request) {
    if (new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
