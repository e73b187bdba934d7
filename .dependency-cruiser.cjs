/** The order of the folders is law: a folder imports only from those it is allowed to (see ARCHITECTURE.md). */
const above = {
  base: [],
  data: ['base'],
  nn: ['base'],
  optim: ['base'],
  compile: ['base', 'nn', 'optim'],
  backends: ['base', 'nn', 'optim', 'compile'],
  study: ['base', 'data', 'nn', 'optim'],
  store: ['base', 'study'],
  train: ['base', 'stats', 'data', 'nn', 'optim', 'compile', 'backends', 'study', 'store'],
  stats: ['base'],
  analysis: ['base', 'study', 'store', 'stats'],
  launch: [
    'base',
    'stats',
    'data',
    'nn',
    'optim',
    'compile',
    'backends',
    'study',
    'store',
    'train',
    'analysis',
  ],
  figures: ['base', 'analysis'],
  report: ['base', 'study', 'store', 'stats', 'analysis', 'figures'],
};

const order = Object.entries(above).map(([folder, allowed]) => ({
  name: `order-${folder}`,
  severity: 'error',
  comment: `src/${folder} may import only from: ${allowed.join(', ') || 'nothing'}`,
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...order,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'siblings-of-backends',
      severity: 'error',
      comment:
        'backends never import each other; what they share lies beside them, and node/openStep.ts knows them all',
      from: { path: '^src/backends/(?!node/)([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/backends/([^/]+)/', pathNot: '^src/backends/$1/' },
    },
    {
      name: 'cli-uses-the-library',
      severity: 'error',
      comment: 'the command line uses launch, analysis and report through src/index.ts only',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(cli/|index\\.ts|base/)' },
    },
    {
      name: 'node-only-where-allowed',
      severity: 'error',
      comment: 'everything but cli, server, launch and node/ folders runs in a browser too',
      from: { path: '^src/', pathNot: '^src/(cli|server|launch)/|/node/|\\.test\\.ts$|^src/index\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-node-folders-from-pure-code',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|server|launch)/|/node/|\\.test\\.ts$|^src/index\\.ts$' },
      to: { path: '/node/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.test\\.ts$|\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'declared',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'no-dev-dependencies-in-source',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
