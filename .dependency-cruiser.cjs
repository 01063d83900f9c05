// Who may import whom. `scripts/boundaries.mjs` runs this, and proves each rule on a tree in which one file breaks it:
// a rule added here needs its file there, named after it.

const TESTS = '(\\.test|\\.contract)\\.ts$|/test/|/src/testing(\\.ts$|/)';
const HOUSE = '^(packages|apps)/';

module.exports = {
  forbidden: [
    {
      name: 'core-knows-only-itself',
      comment:
        'The core is model, ports and use cases: it outlives every library, so it imports itself and what Node has.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: TESTS },
      to: { pathNot: '^packages/core/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'contracts-know-only-validation',
      comment: 'The wire is described without the house, so that the house can change without the wire.',
      severity: 'error',
      from: { path: '^packages/contracts/src/', pathNot: TESTS },
      to: {
        pathNot: '^packages/contracts/src/|node_modules/class-(validator|transformer)/',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'http-knows-core-and-contracts',
      comment:
        'Controllers decode, call a use case and encode. Whatever else they need, the gateway hands them as a port.',
      severity: 'error',
      from: { path: '^packages/http/src/', pathNot: TESTS },
      to: {
        pathNot:
          '^packages/(http|core|contracts)/src/|node_modules/(@types/)?(express|express-serve-static-core|helmet|ws)/',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'adapters-know-only-core',
      comment: 'An adapter translates one technology into the words of core. Two that know each other are one adapter.',
      severity: 'error',
      from: { path: '^packages/adapters/([^/]+)/src/', pathNot: TESTS },
      to: { path: HOUSE, pathNot: '^packages/(core|adapters/$1)/src/' },
    },
    {
      name: 'sdk-knows-nothing-of-the-house',
      comment:
        'The client library is published and knows the wire; what it imported of ours would be published with it.',
      severity: 'error',
      from: { path: '^packages/(sdk-js|openclaw-sdk)/' },
      to: { path: HOUSE, pathNot: '^packages/(sdk-js|$1)/' },
    },
    {
      name: 'skills-know-nothing-of-the-house',
      comment:
        'A skill is installed and run by itself, in a sandbox that holds its own files and Node: so it brings along what it needs.',
      severity: 'error',
      from: { path: '^packages/skills/([^/]+)/', pathNot: TESTS },
      to: { pathNot: '^packages/skills/$1/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'packages-do-not-look-up',
      comment: 'Arrows go from the apps down to the packages; tests of a package do without the apps as well.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'gateway-does-not-know-its-clients',
      comment: 'The gateway is the composition root of the packages; the other apps are its callers.',
      severity: 'error',
      from: { path: '^apps/gateway/src/', pathNot: TESTS },
      to: { path: '^apps/', pathNot: '^apps/gateway/src/' },
    },
    {
      name: 'cli-is-a-client',
      comment: 'The command line speaks to a gateway through the client library, or starts one through its entry.',
      severity: 'error',
      from: { path: '^apps/cli/src/', pathNot: TESTS },
      to: { path: HOUSE, pathNot: '/node_modules/|^apps/cli/src/|^packages/sdk-js/src/|^apps/gateway/src/index\\.ts$' },
    },
    {
      name: 'packages-through-their-entry',
      comment: 'What a package does not export is its own; a path into its inside (or its build) goes round that.',
      severity: 'error',
      from: { path: '^((?:packages/adapters|packages|apps)/[^/]+)/', pathNot: '^apps/.*(\\.test\\.ts$|/test/)' },
      to: { path: HOUSE, pathNot: ['^$1/', '/src/(index|testing)\\.ts$'] },
    },
    {
      name: 'testing-only-from-tests',
      comment: 'Contract suites and fakes import the test runner, which is not there in production.',
      severity: 'error',
      from: { path: HOUSE, pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'inversify-only-in-the-container',
      comment: 'Whoever can reach the container can ask it for anything; classes are given what they need instead.',
      severity: 'error',
      from: { pathNot: '^apps/gateway/src/(container|.+\\.module)\\.ts$|^apps/.*(\\.test\\.ts$|/test/)' },
      to: { path: 'node_modules/(inversify|@inversifyjs)/' },
    },
    {
      name: 'no-circular',
      comment: 'Two files that need each other can only be understood, tested and moved as one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports it and it imports nothing: left over, or forgotten to be wired in.',
      severity: 'error',
      from: {
        orphan: true,
        path: HOUSE,
        pathNot: '/src/(index|main)\\.ts$|\\.d\\.ts$|/test/|^packages/skills/[^/]+/index\\.js$|/runner/',
      },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere escapes every other rule here.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'A library that is there only because somebody else installed it is gone one day.',
      severity: 'error',
      from: { path: '^(packages|apps)/.+/src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    // Type imports count: they tie two packages together like any other.
    tsPreCompilationDeps: true,
    // Leads a package's name to its source; through node_modules it would end in dist, and no rule on sources would see it.
    tsConfig: { fileName: 'tsconfig.lint.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    doNotFollow: { path: 'node_modules' },
    // Only our own build: most libraries live in a folder of that name too.
    exclude: { path: '^(packages|apps)/.+/dist/' },
  },
};
