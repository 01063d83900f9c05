/** How a contract suite names its tests: `it` of any runner. The suites themselves need no runner, only node:assert. */
export type Declare = (name: string, test: () => Promise<void>) => void;
