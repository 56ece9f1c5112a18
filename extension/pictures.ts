/**
 * What a picture says of itself, for whoever cannot see it. JupyterLab shows pictures as images without words.
 *
 * @module
 */
import type { IRenderMimeRegistry, MimeModel } from "@jupyterlab/rendermime";

/** Gives each picture that will be shown its alternative text. */
export function describePictures(registry: IRenderMimeRegistry): void {
  const factories = new Set(
    registry.mimeTypes
      .filter((type) => type.startsWith("image/"))
      .map((type) => registry.getFactory(type))
      .filter((factory) => factory !== undefined),
  );
  for (const factory of factories) {
    registry.addFactory({
      ...factory,
      createRenderer(options) {
        const renderer = factory.createRenderer(options);
        const render = renderer.renderModel.bind(renderer);
        renderer.renderModel = async (model) => {
          await render(model);
          const image = renderer.node.querySelector("img");
          if (image) image.alt = description(model);
        };
        return renderer;
      },
    });
  }
}

/** The title and the description of a drawing, or else the text that stands beside the picture. */
function description({ data }: MimeModel): string {
  const svg = data["image/svg+xml"];
  const drawing = new DOMParser().parseFromString(String(svg ?? "<svg/>"), "image/svg+xml");
  const own = ["title", "desc"].map(
    (name) => drawing.querySelector(`:root > ${name}`)?.textContent,
  );
  return own.filter((text) => text).join("\n") || String(data["text/plain"] ?? "");
}
