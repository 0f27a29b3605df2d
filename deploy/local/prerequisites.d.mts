export function missing(command: string, env: NodeJS.ProcessEnv): string[];
