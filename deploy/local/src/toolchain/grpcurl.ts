import { type GoToolOptions, goTool } from "./go-tool.ts";

/** The grpcurl that our go.mod names, built once per machine. */
export function grpcurl(o: GoToolOptions): Promise<string> {
  return goTool("grpcurl", "github.com/fullstorydev/grpcurl/cmd/grpcurl", o);
}
