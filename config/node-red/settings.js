// Node-RED for the flow in halls.json alone: the page, and no editor unless it is asked for. All that differs from desk
// to desk comes from the environment; README.md lists it.
for (const name of ["HALL_CA", "HALL_CERTIFICATE", "HALL_KEY"]) process.env[name] ??= "";
process.env.HALL_BROKER ??= "mqtt://127.0.0.1:1883";
const { HALL_DESK_HOST: host = "127.0.0.1", HALL_DESK_PORT: port = "1880", HALL_DESK_EDITOR: editor } = process.env;
const { HALL_DESK_USER: user, HALL_DESK_HASH: pass } = process.env;

const here = ["127.0.0.1", "::1", "localhost"].includes(host);
if (!here && !(user && pass))
    throw new Error("Whoever reaches this page can acknowledge alarms: set HALL_DESK_USER and HALL_DESK_HASH.");
// Whoever can edit a flow can run any program.
if (!here && editor) throw new Error("The editor is for this machine only: no HALL_DESK_EDITOR with HALL_DESK_HOST.");

module.exports = {
    uiHost: host,
    uiPort: Number(port),
    httpAdminRoot: editor ? "/editor" : false,
    httpNodeAuth: user && pass ? { user, pass } : undefined,
    apiMaxLength: "8kb",
    // For random numbers; nothing is ever installed.
    functionExternalModules: true,
    externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
    telemetry: { enabled: false, updateNotification: false },
    // There are no secrets in the flow: certificates stand in files.
    credentialSecret: false,
    editorTheme: { projects: {}, tours: false },
    diagnostics: { enabled: false, ui: false },
    runtimeState: { enabled: false, ui: false },
    logging: { console: { level: "info", metrics: false, audit: false } },
};
