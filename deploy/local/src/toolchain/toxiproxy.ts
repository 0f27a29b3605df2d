import { type GoToolOptions, goTool } from "./go-tool.ts";

/** The toxiproxy server that our go.mod names, built once per machine. */
export function toxiproxy(o: GoToolOptions): Promise<string> {
  return goTool("toxiproxy", "github.com/Shopify/toxiproxy/v2/cmd/server", o);
}
