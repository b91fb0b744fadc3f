/** How Node-RED is run for a comparison: loopback only, no editor, telling nobody. */
module.exports = {
  uiHost: "127.0.0.1",
  uiPort: Number(process.env.PORT),
  flowFile: "flows.json",
  credentialSecret: false,
  httpAdminRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: "warn", metrics: false, audit: false } },
};
