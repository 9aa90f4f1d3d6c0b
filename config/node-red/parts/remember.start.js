flow.set("halls", new Map());
flow.set("names", new Map());
flow.set("commands", []);
flow.set("broker", { connected: false, since: Date.now() });
