/**
 * The Chinese words, by the form of the English ones (see say.ts). Commands, options and names of files stay as
 * they are typed. A missing entry, or one too many, fails texts.test.ts.
 */
export const zh: Readonly<Record<string, string>> = {
  // --- show: states ---
  yes: "是",
  no: "否",
  partly: "部分",
  unknown: "未知",
  "one copy": "仅一份",
  resyncing: "同步中",
  active: "主用",
  waiting: "备用",
  online: "在线",
  standby: "待机",
  maintenance: "维护中",
  joining: "加入中",
  unclean: "失联未确认断电",
  offline: "离线",
  failed: "失败",
  blocked: "已阻塞",
  stopped: "已停止",
  unmanaged: "未受管",
  busy: "操作中",
  inactive: "未运行",
  // --- show: headings and columns ---
  serving: "是否在服务",
  "data safe": "数据是否安全",
  "failures left": "还能承受故障",
  next: "下一步",
  "nothing to do": "无需操作",
  ", unproven": "（未验证）",
  "{0} % copied": "已复制 {0} %",
  " (about {0} left)": "（约剩 {0}）",
  "on {0}: {1}": "在 {0} 上：{1}",
  Hosts: "主机",
  Services: "服务",
  "Data (DRBD)": "数据（DRBD）",
  Fencing: "隔离（fencing）",
  Cluster: "集群",
  Space: "空间",
  done: "完成",
  "; grows {0} a day, full in about {1}": "；每天增长 {0}，约 {1} 后用满",
  "Last 24 h": "最近 24 小时",
  "{0} ago": "{0}前",
  "its journal is not known: {0}": "它的日志未知：{0}",
  "not reachable, its journal is not known": "无法连接，它的日志未知",
  "nothing happened": "没有发生任何事",
  "{0} by {1}: {2}: {3}": "{1} 执行 {0}：{2}：{3}",
  "{0} by {1}, {2} changes: {3}": "{1} 执行 {0}，{2} 项变更：{3}",
  "was fenced": "已被隔离",
  "is being fenced": "正在被隔离",
  "could not be fenced": "隔离失败",
  "fenced or not: {0}": "是否已隔离：{0}",
  "DRBD is no longer primary": "DRBD 不再是主",
  "DRBD became primary": "DRBD 成为主",
  "DRBD became primary, after {0} was fenced": "{0} 被隔离之后，DRBD 成为主",
  "DRBD became primary, after {0} gave way": "{0} 让出之后，DRBD 成为主",
  "{0} ({1} times)": "{0}（{1} 次）",
  "{0} failed, ran again after {1}": "{0} 发生故障，{1} 后恢复运行",
  "{0} failed, ran again on {1} after {2}": "{0} 发生故障，{2} 后在 {1} 上恢复运行",
  "{0} failed, and was not seen to run again": "{0} 发生故障，没有看到它恢复运行",
  "{0} failed; whether it ran again is not known": "{0} 发生故障；是否恢复运行未知",
  "no SSH: {0}": "SSH 不通：{0}",
  "clock ahead by {0}": "时钟快 {0}",
  "clock behind by {0}": "时钟慢 {0}",
  serves: "正常",
  DOWN: "不可用",
  "answered in {0} ms": "{0} 毫秒内应答",
  "on no host that could be asked": "在能查询到的主机上都没有",
  "on {0}": "在 {0} 上",
  " AND ": " 和 ",
  "for {0}": "已运行 {0}",
  "failed {0}": "失败 {0}",
  "{0}x": "{0} 次",
  "not reachable": "无法连接",
  paused: "已暂停",
  "no progress": "没有进展",
  "about {0} left": "约剩 {0}",
  "{0} differ": "{0} 不一致",
  "writes held back": "写入被挂起",
  "no client has it open": "没有客户端在使用",
  "open by {0}": "使用者：{0}",
  "for {0}; {1}": "允许 {0}；{1}",
  on: "开",
  OFF: "关闭",
  proven: "已验证",
  unproven: "未验证",
  BROKEN: "不可用",
  fencing: "隔离",
  history: "历史",
  quorum: "法定票数",
  " ({0} of {1} votes)": "（{1} 票中的 {0} 票）",
  NO: "否",
  controller: "控制节点",
  none: "无",
  "link {0}": "链路 {0}",
  connected: "已连接",
  promotion: "提升",
  "scores: {0}": "分数：{0}",
  constraint: "约束",
  " until {0}": "，到 {0} 为止",
  "{0} % used, {1} free of {2}": "已用 {0} %，总共 {2}，剩余 {1}",
  "not asked": "未查询",
  " and ": " 和 ",
  "for good": "不再重试",
  // --- show --watch ---
  "looking at the pair …": "正在查看 …",
  "looking …": "正在查看 …",
  "looked {0} s ago": "{0} 秒前查看",
  "  ({0} more lines)": "  （还有 {0} 行）",
  "q quit   d details   space look now   arrows scroll   {0}":
    "q 退出   d 详情   空格 立即查看   方向键 滚动   {0}",
  // --- switch: checks ---
  ok: "通过",
  move: "切换",
  outage: "中断",
  target: "目标",
  hosts: "主机",
  cluster: "集群",
  data: "数据",
  failures: "故障",
  constraints: "约束",
  engine: "容器引擎",
  "it could not be asked: {0}": "无法查询：{0}",
  "it is not known on which host the services are": "不知道服务在哪台主机上",
  "{0} is none of the hosts ({1})": "{0} 不是这些主机之一（{1}）",
  "from {0} to {1}": "从 {0} 到 {1}",
  "{0} does not take part in the cluster": "{0} 没有参与集群",
  "both are online": "两台都在线",
  "it is in maintenance": "处于维护模式",
  "it was told to stop everything": "被要求停止一切服务",
  "it has no quorum, or is just forming": "没有达到法定票数，或正在组建",
  "it is at work on {0}: wait until it is done": "正在处理 {0}：请等它完成",
  "it has quorum and is at rest": "达到法定票数，没有进行中的操作",
  "{0} could not be asked for its copy": "无法向 {0} 查询它的数据",
  "both copies are up to date and connected": "两份数据都是最新的，并且已连接",
  "{0} {1} failed on {2}: {3}": "在 {2} 上对 {0} 执行 {1} 失败：{3}",
  "{0} is not managed: the cluster would not move it": "{0} 未受管：集群不会转移它",
  "no action has failed, everything runs": "没有失败的操作，一切都在运行",
  "it is not known whether it is on": "不知道是否开启",
  "OFF, accepted in the configuration": "关闭（配置中已接受）",
  "it is off: a host that hangs during the move could go on writing":
    "已关闭：切换期间卡住的主机可能继续写入",
  "on, without devices of the configuration": "开启，但配置中没有设备",
  "the devices are not known: {0}": "不了解设备情况：{0}",
  "on, and its devices work": "开启，设备正常",
  "{0} is in force or was left behind: crm_resource --clear --resource {1}":
    "{0} 仍有效或是遗留的：crm_resource --clear --resource {1}",
  "no earlier move left one behind": "没有以前的切换留下的约束",
  "{0} could not be asked": "无法查询 {0}",
  "the target": "目标主机",
  "docker is {0} on {1}": "{1} 上的 docker：{0}",
  "not there": "不存在",
  "{0} is ready on {1}": "{1} 上的 {0} 已就绪",
  "{0} (promoted role)": "{0}（主用角色）",
  // --- doctor: what holds ---
  "the running pair": "运行中的这对主机",
  "   on {0}": "   在 {0} 上执行",
  look: "注意",
  "secure boot": "安全启动",
  "the signature of the module drbd": "drbd 模块的签名",
  "live-restore of docker": "docker 的 live-restore",
  "restart policies of containers": "容器的重启策略",
  memory: "内存",
  "the firewalls let in what a pair needs": "防火墙放行双机所需的通信",
  "SELinux is not in the way": "SELinux 不碍事",
  "the firmware lets the kernel load DRBD": "固件允许内核加载 DRBD",
  "containers end with their engine": "容器随容器引擎一起结束",
  "nobody but the cluster starts the pair's containers": "只有集群会启动双机的容器",
  "a host that hangs can be reset": "挂死的主机能够被复位",
  "both hosts have enough memory": "两台主机的内存够用",
  "both hosts run the same release": "两台主机的系统版本相同",
  "the clocks agree": "时钟一致",
  "each host has the name of the configuration": "主机名与配置一致",
  "each host has its addresses": "每台主机都有它的地址",
  "both ends of each link take packets of the same size": "每条链路两端的 MTU 相同",
  "nobody else answers at the VIP": "VIP 没有别人应答",
  "no host belongs to another cluster": "没有主机属于别的集群",
  "the ports are free": "端口空闲",
  "the kernel has DRBD": "内核有 DRBD",
  "there is room for the replicated volume": "有空间放复制卷",
  "where the replicated volume goes is no other data": "放复制卷的地方没有别的数据",
  "the volume is mounted when services are added": "添加服务时卷已挂载",
  // --- recover, brain: grades, questions, columns ---
  safe: "安全",
  restarts: "会重启",
  interrupts: "会中断",
  destroys: "会销毁",
  critical: "严重",
  warning: "警告",
  info: "提示",
  "Do these {0}? [y/N] ": "执行这 {0} 项吗？[y/N] ",
  "Was that not wanted? {0} [y/N] ": "这不是有意为之的吗？{0} [y/N] ",
  "serving: {0}, {1}": "是否在服务：{0}，{1}",
  "on {0}: ": "在 {0} 上：",
  "   (somebody may have wanted it so: asked for by itself)": "   （可能是有人有意为之：单独询问）",
  "Everything that only {0} has is given up. Type {1} to go on: ":
    "只有 {0} 才有的数据将全部被放弃。请输入 {1} 以继续：",
  role: "角色",
  copy: "数据",
  connection: "连接",
  changed: "已改动",
  mounted: "已挂载",
  running: "运行中",
  "has it": "有",
  "both copies are the same generation": "两份数据是同一世代",
  "{0} has all that {1} has, and more: nothing is lost when they connect":
    "{0} 包含 {1} 的全部数据，而且更多：连接后不会丢失任何数据",
  "both have changed since they were one": "自分开以后，两份数据都有改动",
  "the two were never one, or that is too long ago for DRBD to know":
    "这两份数据从来不是同一份，或者时间太久，DRBD 已无法得知",
  "{0} generations": "{0} 的世代标识",
  "{0} was": "{0} 曾是",
  "by their generations: {0}": "根据世代标识：{0}",
  // --- why a command helps ---
  "shows both copies; you choose which one is kept, the other is saved first":
    "显示两份数据；由您决定保留哪一份，另一份会先保存",
  "forgets the failure, so that the cluster tries again; remove the cause first":
    "清除失败记录，让集群重试；请先排除原因",
  "what the agent said when it failed": "查看失败时资源代理的输出",
  "lets {0} run services again": "允许 {0} 重新运行服务",
  "lets the cluster look after {0} again": "让集群重新管理 {0}",
  "lets the cluster look after the services again": "让集群重新管理各服务",
  "lets the cluster start the services": "允许集群启动各服务",
  "starts Corosync and Pacemaker on {0}": "在 {0} 上启动 Corosync 和 Pacemaker",
  "starts {0} on {1}": "在 {1} 上启动 {0}",
  "it was disabled by hand": "它是被人工停用的",
  "lets the cluster look after it again": "让集群重新管理它",
  "removes what an earlier move left behind; nothing moves back by itself":
    "清除以前切换留下的约束；服务不会自己移回去",
  "ONLY after you have seen that {0} is powered off: it says so to the cluster":
    "必须先亲眼确认 {0} 已经断电，才可以执行：它向集群声明该主机已关机",
  "proves that {0} can be powered off; it restarts that host, so choose the time":
    "验证确实能切断 {0} 的电源；该主机会重启，请选择合适的时间",
  "without fencing both hosts can write at the same time": "没有隔离，两台主机可能同时写入",
  "ONLY when the other host is proven off: lets writes go on":
    "必须先证实另一台主机已关机，才可以执行：恢复写入",
  "lets the resync go on": "继续同步",
  "shows what takes the space": "显示空间被什么占用",
  "shows the cluster links; check the cable, switch or firewall of the broken one":
    "显示集群链路；请检查断开的那条的网线、交换机或防火墙",
  "shows whether the clock is synchronised": "显示时钟是否已同步",
  "should log in without a question": "应能直接登录，不提任何问题",
  "once {0} has power and network: brings it back and waits for its data":
    "等 {0} 通电并且联网之后执行：让它重新加入，并等待数据同步",
  "the cluster is powering it off: look again in a few seconds": "集群正在切断它的电源：请几秒钟后再看",
  "the other host is being powered off: look again in a few seconds":
    "正在切断另一台主机的电源：请几秒钟后再看",
  "the cluster is at work: look again in a few seconds": "集群正在处理：请几秒钟后再看",
  "Pacemaker runs, but did not answer in time: look again": "Pacemaker 在运行，但没有及时应答：请再看一次",
  "starts the cluster where that is safe": "在安全的前提下启动集群",
  "brings the other host or the quorum device back": "让另一台主机或仲裁设备恢复",
  "with a fence device per host and without accept_split_brain_risk: ends the risk":
    "为每台主机配置隔离设备，并去掉 accept_split_brain_risk，即可消除风险",
  "with a fence device for every host": "需要为每台主机配置隔离设备",
  "DRBD's handler should have removed it after the resync": "同步完成后，DRBD 的处理程序本应删除它",
  "adds what is missing, and touches nothing that is as it should be": "补上缺少的部分，不动其他正常的部分",
  "finds out which copy may be promoted": "查明哪一份数据可以提升",
  "attaches the copy of {0} and resyncs it": "接上 {0} 的那份数据并同步",
  "after the disk of {0} was checked or replaced: attaches it again":
    "检查或更换 {0} 的磁盘之后执行：重新接上磁盘",
  "reconnects the copies, so that the good one is copied over": "重新连接两份数据，用完好的那份覆盖另一份",
  "reconnects the copies, so that the resync starts again": "重新连接两份数据，重新开始同步",
  "reconnects the copies and waits for the resync": "重新连接两份数据，并等待同步完成",
  "reconnects the copies when that is safe, else names the split brain":
    "如果安全就重新连接；否则会指出这是脑裂",
  // --- is it serving ---
  "no host was asked": "没有查询任何主机",
  "the configuration names no service": "配置中没有任何服务",
  "{0} answers at {1}": "{0} 在 {1} 上有应答",
  "{0} answer at {1}": "{0} 在 {1} 上有应答",
  "{0} runs, by the cluster; not tried from outside": "集群显示 {0} 在运行；没有从外部验证",
  "{0} run, by the cluster; not tried from outside": "集群显示 {0} 在运行；没有从外部验证",
  "down: {0}": "不可用：{0}",
  "not known: {0}": "状态未知：{0}",
  "{0} accepts connections": "{0} 接受连接",
  "nothing listens at {0}": "{0} 上没有程序监听",
  "{0} does not answer here, but the cluster says {1} runs: a firewall, or the service hangs":
    "从这里连 {0} 没有应答，但集群显示 {1} 在运行：可能是防火墙，或者服务已经卡住",
  "{0} does not answer; the cluster could not be asked": "{0} 没有应答；也无法查询集群",
  "{0} does not run": "{0} 没有运行",
  "{0} does not run: {1}": "{0} 没有运行：{1}",
  "{0} does not run yet": "{0} 还没有运行",
  "the cluster could not be asked: {0}": "无法查询集群：{0}",
  "{0} is not in the cluster's configuration": "集群配置中没有 {0}",
  "the cluster is in maintenance: what it says of the services may be old":
    "集群处于维护模式：它显示的服务状态可能已经过时",
  "{0} runs": "{0} 在运行",
  "{0} has failed": "{0} 失败",
  "{0} was on {1}, which is lost and not proven off": "{0} 原来在 {1} 上，该主机已失联，且未证实已关机",
  // --- hosts ---
  "{0} does not answer SSH: {1}": "{0} 的 SSH 没有应答：{1}",
  "{0} is off or cut off: no SSH, and not in the cluster": "{0} 已关机或者断网：SSH 不通，也不在集群中",
  "{0} takes part in the cluster, but does not answer SSH: {1}": "{0} 在集群中正常，但 SSH 没有应答：{1}",
  "{0} is lost and not proven off: what ran there stays down until it is fenced":
    "{0} 已失联，且未证实已关机：在它被隔离之前，原来在上面的服务不会启动",
  "{0} does not run on {1}": "{1} 上没有运行 {0}",
  "{0} do not run on {1}": "{1} 上没有运行 {0}",
  "{0} runs Pacemaker, but is no member of the cluster (yet)": "{0} 运行着 Pacemaker，但（还）不是集群成员",
  "{0} is in standby: it will not take over": "{0} 处于待机状态：它不会接管服务",
  "{0} is in maintenance: the cluster leaves it alone": "{0} 处于维护模式：集群不会管理它",
  "the clocks of {0} and {1} are {2} s apart": "{0} 和 {1} 的时钟相差 {2} 秒",
  // --- fencing ---
  "no fence device can power {0} off": "没有隔离设备能切断 {0} 的电源",
  ": {0} on {1} said {2}": "：在 {1} 上执行 {0} 的结果是 {2}",
  "the fence device of {0} does not run{1}": "{0} 的隔离设备没有运行{1}",
  "the last attempt to fence {0} failed ({1})": "最近一次隔离 {0} 失败了（{1}）",
  "the fence device of {0} failed not long ago{1}": "{0} 的隔离设备不久前失败过{1}",
  "{0} has never been fenced, as far as anybody remembers": "没有任何记录表明 {0} 曾被成功隔离",
  "{0} was fenced on {1}": "{0} 于 {1} 被成功隔离",
  "fencing is OFF: when the hosts lose sight of each other, both will write":
    "隔离已关闭：两台主机一旦互相失联，就会同时写入",
  "it is not known whether fencing is on": "不知道隔离是否开启",
  "SPLIT-BRAIN RISK ACCEPTED in the configuration: automatic failover without proof that the other host is off":
    "配置中已接受脑裂风险：在没有证实另一台主机已关机时也会自动故障转移",
  "{0}: when {1} is lost, nothing can take over": "{0}：{1} 失联后无法接管服务",
  "fencing of {0} is unproven: {1}": "对 {0} 的隔离未经验证：{1}",
  // --- cluster ---
  "Pacemaker runs on neither host: nothing looks after the services":
    "两台主机上都没有运行 Pacemaker：各服务无人看管",
  "the cluster does not answer: {0}": "集群没有应答：{0}",
  "each host believes the other one is gone: the cluster links are cut":
    "两台主机都认为对方已不在：集群链路断开了",
  "the cluster is in maintenance: nothing is watched, restarted or moved":
    "集群处于维护模式：不监控、不重启、也不转移任何服务",
  "; by {0}, since {1}": "；操作者 {0}，自 {1} 起",
  ", until {0}": "，到 {0} 为止",
  ": {0}": "：{0}",
  "the cluster was told to stop everything (stop-all-resources)":
    "集群被要求停止一切服务（stop-all-resources）",
  "the cluster is just forming: it has no designated controller yet": "集群正在组建：还没有控制节点",
  "no quorum where {0} is: it will not start or keep services":
    "{0} 所在的一侧没有达到法定票数：不会启动或保留服务",
  "the quorum device gives no vote: one more failure stops the services":
    "仲裁设备没有投票：再发生一次故障，服务就会停止",
  "cluster link {0} is down: one more cut parts the hosts":
    "集群链路 {0} 断开：再断一条，两台主机就会互相失联",
  "there is only one cluster link: a cut cable makes one host power the other off":
    "只有一条集群链路：断一根网线，一台主机就会切断另一台的电源",
  "the configuration could not be read: {0}": "无法读取配置：{0}",
  "{0} may not {1} on {2}": "{0} 不允许在 {2} 上{1}",
  "be promoted": "提升",
  run: "运行",
  "{0} is tied to {1}": "{0} 被固定在 {1} 上",
  "a move left {0} behind; its time is over, it has no effect": "以前的切换留下了 {0}；已过期，不再起作用",
  "for {0} more min": "还有 {0} 分钟",
  "without an end": "没有期限",
  "a move left {0} behind: {1}, {2}": "以前的切换留下了 {0}：{1}，{2}",
  "DRBD keeps {0} from being promoted until its copy is up to date":
    "在 {0} 的数据变成最新之前，DRBD 不允许它提升",
  "{0} may not be promoted ({1}), although its copy is up to date": "{0} 的数据已是最新，却不允许提升（{1}）",
  // --- services ---
  "the cluster has no {0}: it is not installed completely": "集群中没有 {0}：安装不完整",
  "{0} is blocked{1}: the cluster will not touch it any more{2}": "{0}{1}已被阻塞：集群不再对它做任何操作{2}",
  " on {0}": "（{0}）",
  "{0} has failed{1}{2}": "{0}{1}失败{2}",
  "{0} is not managed: the cluster will not restart or move it": "{0} 未受管：集群不会重启或转移它",
  "DRBD {0} is promoted nowhere: no service can start{1}": "DRBD {0} 在哪里都没有提升：任何服务都无法启动{1}",
  "{0} was disabled by hand": "{0} 被人工停用",
  "{0} waits for what has to start before it": "{0} 正在等待排在它之前的资源启动",
  "{0} does not run anywhere, and the cluster names no failure":
    "{0} 在哪里都没有运行，集群也没有给出失败原因",
  " (moves away at {0})": "（达到 {0} 次将被转移）",
  "{0} failed {1} on {2}{3}{4}": "{0} 在 {2} 上失败 {1}{3}{4}",
  "{0}×": "{0} 次",
  "{0} on {1}: {2}{3}": "在 {1} 上执行 {0}：{2}{3}",
  "{0} both have the address {1}: clients reach either one": "{0} 都有地址 {1}：客户端可能连到其中任何一台",
  "{0} does not have {1}, although the cluster thinks so": "{0} 上没有 {1}，集群却以为有",
  "docker does not run on {0}": "{0} 上没有运行 docker",
  "{0}: containers there cannot be watched or started": "{0}：那里的容器无法监控，也无法启动",
  "{0}: it could not take over": "{0}：它无法接管服务",
  // --- space ---
  "{0} on {1} will be full in about {2} d at the rate it has grown lately":
    "{1} 上的 {0} 按最近的增长速度约 {2} 天后用满",
  "{0} on {1} is {2} % full": "{1} 上的 {0} 已用 {2} %",
  "{0}: services will stop writing": "{0}：服务即将无法写入",
  // --- data ---
  "both hosts are primary: two copies are being written, apart from each other":
    "两台主机都是主（Primary）：两份数据正在各自写入",
  "DRBD on {0} refuses its peer (StandAlone): the copies may both have changed (split brain)":
    "{0} 上的 DRBD 拒绝对端（StandAlone）：两份数据可能都已被改动（脑裂）",
  "DRBD {0} is not up on {1}: changes are not copied": "{1} 上的 DRBD {0} 没有启动：改动没有复制过去",
  "{0} has lost its disk ({1}): it works over the network": "{0} 失去了磁盘（{1}）：正通过网络工作",
  "the copy on {0} is half copied, and no resync runs": "{0} 上的数据只复制了一部分，而且没有在同步",
  "the resync is paused on {0}": "{0} 上的同步已暂停",
  "the resync to {0} makes no progress": "向 {0} 的同步没有进展",
  "DRBD on {0} holds back all writes until the other host is proven off":
    "{0} 上的 DRBD 挂起了所有写入，直到证实另一台主机已关机",
  "DRBD is up on both hosts, but not connected ({0}: {1}, {2}: {3})":
    "两台主机上的 DRBD 都已启动，但没有连接（{0}：{1}，{2}：{3}）",
  "DRBD on {0} does not look for its peer (StandAlone)": "{0} 上的 DRBD 没有去连接对端（StandAlone）",
  "{0} is not mounted on {1}, although the cluster thinks so": "{1} 上没有挂载 {0}，集群却以为已挂载",
  "DRBD could not be asked ({0})": "无法查询 DRBD（{0}）",
  "copying{0} to {1}; until then only {2} has all data": "正在复制到 {1}{0}；完成之前只有 {2} 有全部数据",
  "both copies are up to date": "两份数据都是最新的",
  "the copies are not connected: they drift apart with every write":
    "两份数据没有连接：每次写入都让它们相差更远",
  "cannot be seen": "状态未知",
  "is {0}": "是 {0}",
  "only {0} has all data; the copy on {1} {2}": "只有 {0} 有全部数据；{1} 上的那份{2}",
  "the other host": "另一台主机",
  "DRBD is not up: what the copies on the disks are worth cannot be seen":
    "DRBD 没有启动：看不出磁盘上的两份数据是否可用",
  "no current copy in sight, and the one on {0} cannot be seen": "没有看到最新的数据，{0} 上的那份也看不到",
  "no copy is up to date ({0})": "没有一份数据是最新的（{0}）",
  // --- failures left ---
  "either host may fail; both have been fenced successfully":
    "任意一台主机都可以发生故障；两台都曾被成功隔离",
  "{0} is not in the cluster": "{0} 不在集群中",
  "{0} is lost and not proven off": "{0} 已失联，且未证实已关机",
  "{0} is not taking part": "{0} 没有参与集群",
  "{0} is in standby": "{0} 处于待机状态",
  "{0} is in maintenance": "{0} 处于维护模式",
  "the cluster is in maintenance": "集群处于维护模式",
  "the cluster was told to stop everything": "集群被要求停止一切服务",
  "there is no quorum": "没有达到法定票数",
  "{0} keeps the services off {1}": "{0} 不允许服务在 {1} 上运行",
  "DRBD on {0} does not offer to be promoted": "{0} 上的 DRBD 不具备提升的条件",
  "DRBD is not run by the cluster on {0}": "{0} 上的 DRBD 没有由集群运行",
  "{0} cannot run on {1}: {2}": "{0} 无法在 {1} 上运行：{2}",
  "{0} failed too often on {1} to be started there again": "{0} 在 {1} 上失败次数过多，不会再在那里启动",
  "the cluster has no designated controller yet": "集群还没有控制节点",
  "only one host was asked": "只查询了一台主机",
  "without fencing: a lost link, unlike a lost host, makes both hosts write":
    "没有隔离：主机故障可以应对，但链路断开会让两台主机同时写入",
  "fencing is off: nothing proves that a lost host has stopped writing":
    "隔离已关闭：无法证实失联的主机已停止写入",
  // --- messages: input ---
  "cannot read {0}: {1}": "无法读取 {0}：{1}",
  "skyha init > skyha.yaml   writes one to start from": "skyha init > skyha.yaml   生成一份可供修改的配置",
  "skyha install --help   lists the arguments": "skyha install --help   列出所有参数",
  "no fence device for {0}: without one a lost link makes both hosts write, so no automatic failover is built":
    "{0} 没有隔离设备：没有它，链路断开会让两台主机同时写入，所以不建立自动故障转移",
  "give hosts[].fence (seed form: fence_master=ipmi://USER@ADDRESS fence_slave=… fence_password_file=FILE), or accept_split_brain_risk: yes":
    "请填写 hosts[].fence（命令行形式：fence_master=ipmi://USER@ADDRESS fence_slave=… fence_password_file=FILE），或者 accept_split_brain_risk: yes",
  "the pair has no host {0}; its hosts are {1}": "这对主机中没有 {0}；它们是 {1}",
  "{0} is neither key=value nor an option": "{0} 既不是 key=value，也不是选项",
  "give -f {0} or key=value words, not both": "-f {0} 和 key=value 只能给其中一种",
  "which pair? this machine is none of its hosts, and there is no skyha.yaml here":
    "是哪一对主机？本机不是其中之一，这里也没有 skyha.yaml",
  "give -f skyha.yaml or --host ADDRESS": "请给出 -f skyha.yaml 或 --host ADDRESS",
  "no pair is installed there: {0} does not exist": "那里没有安装过：{0} 不存在",
  "there is no skyha executable at {0} to copy to the hosts": "{0} 处没有可以复制到主机上的 skyha 程序",
  "npm run build, or --program FILE": "npm run build，或者 --program FILE",
  // --- messages: reaching hosts ---
  "cannot reach {0} by SSH: {1}": "无法通过 SSH 连接 {0}：{1}",
  "ssh {0}   should log in without a question": "ssh {0}   应能直接登录，不提任何问题",
  "{0} does not let {1} in (tried: {2})": "{0} 不允许 {1} 登录（试过：{2}）",
  "no key found": "没有找到密钥",
  "the host key of {0} is not known yet: {1}": "{0} 的主机密钥还不认识：{1}",
  "compare it on the console of that host, then add --accept-host-key {0}":
    "请在该主机的控制台上核对，然后加上 --accept-host-key {0}",
  "the host key of {0} CHANGED to {1} (known one: {2}:{3}): another machine answers there, or it was reinstalled":
    "{0} 的主机密钥变成了 {1}（原来的在 {2}:{3}）：那里是另一台机器在应答，或者它被重装过",
  "if it was reinstalled: ssh-keygen -R {0} -f {1}": "如果确实重装过：ssh-keygen -R {0} -f {1}",
  "{0} cannot become root without a password: {1}": "{0} 不能免密码成为 root：{1}",
  "echo '{0} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{1}   on that host, as root":
    "echo '{0} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/{1}   请在该主机上以 root 执行",
  "{0} is not supported: Debian 12 and 13, Ubuntu, and Enterprise Linux 8 and 9 are":
    "不支持 {0}：支持 Debian 12 和 13、Ubuntu、Enterprise Linux 8 和 9",
  "the host does not answer any more: {0}": "该主机不再应答：{0}",
  // --- messages: preflight ---
  "the host is called {0}, the configuration says {1}": "该主机名是 {0}，配置中写的是 {1}",
  "hostnamectl set-hostname {0}   on that host, or correct the name":
    "hostnamectl set-hostname {0}   请在该主机上执行，或者改正配置中的名字",
  "{0} is not an address of this host (it has {1})": "{0} 不是这台主机的地址（它有 {1}）",
  "the ends of a link have different MTUs ({0}, {1}): large packets get lost":
    "同一条链路两端的 MTU 不同（{0}，{1}）：大的数据包会丢失",
  "ip link set dev {0} mtu {1}   on that host and in its network's configuration, or the smaller one on the other":
    "ip link set dev {0} mtu {1}   在该主机上执行并写入网络配置，或者把另一台改小",
  "the VIP {0} already answers ({1})": "VIP {0} 已经有人应答（{1}）",
  "give an address that nobody uses, or switch the other machine off":
    "请换一个没有人用的地址，或者关掉那台机器",
  'this host belongs to the cluster "{0}", not to "{1}"': "这台主机属于集群“{0}”，而不是“{1}”",
  "pcs cluster destroy   on that host, if {0} is not needed any more":
    "pcs cluster destroy   如果不再需要 {0}，请在该主机上执行",
  "port {0} ({1}) is already in use": "端口 {0}（{1}）已被占用",
  "ss -tlnp 'sport = :{0}'   on that host names the program":
    "ss -tlnp 'sport = :{0}'   在该主机上执行，可以看到是哪个程序",
  "no space for the replicated volume: {0} has {1} MB free, {2} MB are needed":
    "复制卷空间不足：{0} 剩余 {1} MB，需要 {2} MB",
  "give another data_dir or a smaller drbd_size": "请换一个 data_dir，或者减小 drbd_size",
  "{0} would get a directory on {1}, which is mounted on neither host":
    "{0} 需要在 {1} 上建立目录，但两台主机都没有挂载它",
  "skyha show says what keeps it down; add services when the pair is serving":
    "skyha show 会指出原因；请在正常服务之后再添加服务",
  "the running kernel {0} has no module drbd": "正在运行的内核 {0} 没有 drbd 模块",
  "on Debian: apt-get install linux-image-amd64 instead of a cloud kernel, and boot it":
    "在 Debian 上：apt-get install linux-image-amd64 以代替 cloud 内核，并用它启动",
  "there is no block device {0}": "没有块设备 {0}",
  "{0} already holds data ({1}); nothing of it is overwritten": "{0} 上已有数据（{1}）；不会覆盖",
  "the hosts run different releases ({0}, {1}): cluster versions would not match":
    "两台主机的系统版本不同（{0}，{1}）：集群软件的版本会不一致",
  "the hosts' clocks differ by {0} s": "两台主机的时钟相差 {0} 秒",
  "chronyc makestep   on both hosts, with chrony installed":
    "chronyc makestep   安装 chrony 后在两台主机上执行",
  "the firewall of this host drops what a pair needs: {0}": "该主机的防火墙会丢弃双机所需的通信：{0}",
  "{0}   on that host, and so that it stays after a boot; then skyha doctor again":
    "{0}   请在该主机上执行，并确保重启后仍然有效；然后再运行 skyha doctor",
  "whether the firewall lets in {0} depends on who asks, or on rules that are not understood":
    "防火墙是否放行 {0} 取决于来访者，或取决于看不懂的规则",
  "whether the firewall lets in {0} is not known: {1}": "防火墙是否放行 {0} 未知：{1}",
  "if it does not: {0}   on that host": "如果没有放行：{0}   请在该主机上执行",
  "SELinux is enforcing, which was never tried with skyha: containers may be refused the volume":
    "SELinux 处于 enforcing 状态，skyha 从未在这样的主机上试过：容器可能无权访问数据卷",
  "semanage fcontext -a -t container_file_t '/drbd(/.*)?' && restorecon -R /drbd   where the volume is mounted; ausearch -m avc shows what was refused":
    "semanage fcontext -a -t container_file_t '/drbd(/.*)?' && restorecon -R /drbd   请在挂载了数据卷的主机上执行；ausearch -m avc 可以看到被拒绝的访问",
  "secure boot is on and the module drbd is not signed: the kernel will not load it":
    "安全启动已打开，而 drbd 模块没有签名：内核不会加载它",
  "install the distribution's own module, or sign it and enroll the key: mokutil --import KEY.der":
    "请安装发行版自带的模块，或者给它签名并登记密钥：mokutil --import KEY.der",
  'secure boot is on and the module drbd is signed by "{0}": whether the firmware trusts that key is not known':
    "安全启动已打开，drbd 模块由“{0}”签名：固件是否信任这个密钥未知",
  "mokutil --list-enrolled   on that host; modprobe drbd tries it":
    "mokutil --list-enrolled   请在该主机上执行；modprobe drbd 可以试出来",
  "docker has live-restore: containers run on when its daemon has ended, so that a daemon that is down proves nothing, and a stop needs it to come back":
    "docker 打开了 live-restore：守护进程结束后容器仍在运行，所以守护进程停了什么也证明不了，要停止容器还得等它回来",
  'take "live-restore" out of /etc/docker/daemon.json, then systemctl reload docker   on that host':
    '请从 /etc/docker/daemon.json 中去掉 "live-restore"，然后 systemctl reload docker   在该主机上执行',
  'the container {0} has the restart policy "{1}": {2} would start it without the cluster, on both hosts at once':
    "容器 {0} 的重启策略是“{1}”：{2} 会绕过集群自行启动它，甚至两台主机同时启动",
  "there is no fence device and no /dev/watchdog: nothing resets this host when it hangs":
    "既没有 fence 设备，也没有 /dev/watchdog：这台主机挂死时没有东西能复位它",
  "give the host a fence device; modprobe softdog   at least":
    "请给这台主机配上 fence 设备；至少 modprobe softdog",
  "this host has {0} MB of memory; a pair with a database wants {1} MB at least":
    "这台主机有 {0} MB 内存；带数据库的双机至少需要 {1} MB",
  "this host has {0} MB of memory and {1} {2} MB: what fits there may not start here":
    "这台主机有 {0} MB 内存，而 {1} 有 {2} MB：在那边放得下的，在这边可能启动不了",
  "not known: {0} ({1})": "未知：{0}（{1}）",
  // --- messages: plan, apply, install ---
  "nothing to change": "无需改动",
  "{0} changes: {1} safe, {2} restart something, {3} interrupt services, {4} destroy data":
    "{0} 项改动：{1} 项安全，{2} 项会引起重启，{3} 项会中断服务，{4} 项会销毁数据",
  "{0}: outcome unknown, the host could not be asked afterwards ({1})":
    "{0}：结果未知，之后无法查询该主机（{1}）",
  "run the same command again: it looks at the hosts first and continues":
    "请再次执行同一条命令：它会先检查主机，然后继续",
  "{0} changes were not started": "{0} 项改动没有开始",
  "run the same command again once the cause is removed: it continues where it stopped":
    "排除原因后请再次执行同一条命令：它会从中断处继续",
  "the pair serves on {0} ({1} changes, {2} s)": "已在 {0} 上提供服务（{1} 项改动，{2} 秒）",
  "installed, but from here {0} does not answer for {1}": "已安装，但从这里访问 {0} 上的 {1} 没有应答",
  "nothing was done, because services that run would be interrupted: {0}":
    "没有执行任何操作，因为会中断正在运行的服务：{0}",
  "skyha plan   shows everything; the same command with --yes does it":
    "skyha plan   显示全部改动；同一条命令加上 --yes 则执行",
  "This interrupts services that run. Go on? [y/N] ": "这会中断正在运行的服务。继续吗？[y/N] ",
  "NO FENCING (accept_split_brain_risk): two hosts may write at the same time and data will be lost":
    "没有隔离（accept_split_brain_risk）：两台主机可能同时写入，会丢失数据",
  // --- messages: switch ---
  "not switched, nothing was changed: {0}": "没有切换，没有做任何改动：{0}",
  "the services were not on {0} in time ({1}) and are back on {2} after {3} s; clients could not connect for {4} s":
    "服务没有按时到达 {0}（{1}），{3} 秒后已回到 {2}；客户端有 {4} 秒无法连接",
  "journalctl -u pacemaker   on {0} says what took so long":
    "journalctl -u pacemaker   在 {0} 上查看耗时的原因",
  "skyha show   names what to do about each of these": "skyha show   会指出每一项该怎么处理",
  "the services are on {0} already": "服务已经在 {0} 上",
  "the services moved from {0} to {1} in {2} s; clients could not connect for {3} s":
    "服务用 {2} 秒从 {0} 切换到了 {1}；客户端有 {3} 秒无法连接",
  "the services did not arrive on {0}: {1}": "服务没有切换到 {0}：{1}",
  "outcome unknown: whether the services are on {0} could not be seen ({1})":
    "结果未知：看不到服务是否在 {0} 上（{1}）",
  "stopped waiting ({0}); the cluster finishes what it has begun": "不再等待（{0}）；集群会完成已开始的操作",
  "the constraint {0} could not be removed, or that could not be seen; it ends by itself at {1}":
    "约束 {0} 没有删除，或无法确认；它会在 {1} 自动失效",
  "crm_resource --clear --resource {0}   on either host":
    "crm_resource --clear --resource {0}   在任意一台主机上执行",
  // --- messages: lock, history ---
  "skyha {0} of {1} is at work on {2} since {3}, last sign of life {4} s ago":
    "{1} 的 skyha {0} 自 {3} 起正在 {2} 上工作，最近一次活动在 {4} 秒前",
  "skyha unlock   when you are sure that it has ended": "skyha unlock   确定它已经结束之后执行",
  "wait until it has ended": "请等它结束",
  "somebody has changed the pair while it was looked at; nothing was done":
    "检查期间有人做了改动；没有执行任何操作",
  "run the same command again": "请再次执行同一条命令",
  "nobody holds the lock": "没有人持有锁",
  "the lock is gone from {0}": "{0} 上的锁已解除",
  "skyha {0} of {1} lives: last sign of life {2} s ago; nothing was unlocked":
    "{1} 的 skyha {0} 还在工作：最近一次活动在 {2} 秒前；没有解锁",
  "end it there; or, when it certainly does not run: skyha unlock --force":
    "请在那里结束它；如果确定它已不在运行：skyha unlock --force",
  "whether {0} is locked is not known: {1}": "不知道 {0} 是否被锁定：{1}",
  "lock or journal could not be written: {0}": "无法写入锁或日志：{0}",
  "the journal of {0} was not read: {1}": "没有读到 {0} 的日志：{1}",
  "what {0} saw of promotions and failures is not known: {1}": "不知道 {0} 上发生过哪些提升和故障：{1}",
  "whom the cluster fenced is not known: {0}": "不知道集群隔离过哪些主机：{0}",
  // --- messages: standby, maintenance ---
  "nothing was done, the cluster could not be asked: {0}": "没有执行任何操作，无法查询集群：{0}",
  "{0} has the services": "服务在 {0} 上",
  "skyha switch --to {0}   first": "请先执行 skyha switch --to {0}",
  "nobody says which host has the services; {0} may": "看不出服务在哪台主机上；可能在 {0} 上",
  "{0} runs no services until it is told to": "在收到指令之前，{0} 不运行任何服务",
  "{0} may run services again": "{0} 可以重新运行服务",
  "skyha unstandby {0}   when the work is done": "skyha unstandby {0}   工作完成后执行",
  "the cluster watches and repairs nothing: while this is on, nothing fails over":
    "集群不监控、不修复任何东西：在此期间不会故障转移",
  "the cluster watches and repairs nothing until {0}: until then nothing fails over":
    "到 {0} 为止，集群不监控、不修复任何东西：在此之前不会故障转移",
  "the cluster watches over everything again": "集群重新看管一切",
  "skyha maintenance off   when the work is done": "skyha maintenance off   工作完成后执行",
  // --- drill ---
  "there is no fault {0}; this pair can have {1}": "没有名为 {0} 的故障；这一对主机可以演练：{1}",
  "the report cannot go there: {0}": "报告不能写到那里：{0}",
  "no drill, nothing was broken: {0}": "没有演练，未破坏任何东西：{0}",
  "skyha show   tells what is wrong and what to do": "skyha show   会说明问题和处理办法",
  "nothing was broken": "没有破坏任何东西",
  "skyha drill --confirm {0}   without a terminal": "skyha drill --confirm {0}   没有终端时这样执行",
  "{0} faults survived, nothing lost, longest outage {1} s":
    "经受住了 {0} 次故障，没有丢失数据，最长中断 {1} 秒",
  "the drill failed, and stopped: {0}": "演练失败并已停止：{0}",
  "not every fault could be injected and seen: the report has which":
    "并非每个故障都能注入并看到效果：详见报告",
  "the drill stopped: {0}": "演练已停止：{0}",
  "the drill was interrupted; what it had broken was put right as far as nothing else is said":
    "演练被中断；除非另有说明，它破坏的部分已经恢复",
  "left behind: {0}": "遗留：{0}",
  "the report could not be written: {0}": "无法写入报告：{0}",
  "the host does not remember this drill: {0}": "该主机没有记下这次演练：{0}",
  links: "链路",
  services: "服务",
  "from here": "从本机",
  passed: "通过",
  "rows lost": "丢失了行",
  "not back": "没有恢复",
  "no effect": "没有效果",
  "not injected": "没有注入",
  interrupted: "被中断",
  drill: "演练",
  "never drilled": "从未演练",
  "unknown: {0}": "未知：{0}",
  "{0}: {1}, {2} faults, longest outage {3} s, {4} rows lost":
    "{0}：{1}，{2} 次故障，最长中断 {3} 秒，丢失 {4} 行",
  "it needs a fence device for each host": "需要每台主机都有隔离设备",
  "there is one link only: to cut it would be a split": "只有一条链路：切断它就是网络分裂",
  "kill the first process of {0}": "杀死 {0} 的第一个进程",
  "stop the main process of {0}, as if it hung": "暂停 {0} 的主进程，如同它挂起",
  "kill the daemon of docker": "杀死 docker 的守护进程",
  "{0} has no daemon": "{0} 没有守护进程",
  "kill Pacemaker on the active host": "杀死工作主机上的 Pacemaker",
  "kill Corosync on the active host": "杀死工作主机上的 Corosync",
  "cut the first link, which DRBD uses too": "切断第一条链路，DRBD 也使用它",
  "cut the second link": "切断第二条链路",
  "disconnect DRBD on the passive host": "在备用主机上断开 DRBD",
  "fill the replicated volume": "填满复制卷",
  "power the passive host off and on through its fence device": "通过隔离设备让备用主机断电再通电",
  "power the active host off and on through its fence device": "通过隔离设备让工作主机断电再通电",
  "interrupted before {0}": "在 {0} 之前被中断",
  "before {0}: {1}: {2}": "在 {0} 之前：{1}：{2}",
  "{0} would now hit {1}, the host this is run on": "{0} 现在会影响 skyha 所在的 {1}",
  "there is no fault to inject": "没有可注入的故障",
  "Services will be interrupted and hosts powered off. Type {0} to go on: ":
    "服务将被中断，主机将被断电。输入 {0} 以继续：",
  "after {0} s, on {1}: {2}": "{0} 秒后，在 {1} 上：{2}",
  "if it stays, on {0}: {1}": "如果它还在，在 {0} 上：{1}",
  "by itself after {0} s, should the drill die": "如果 skyha 意外终止，{0} 秒后自动执行",
  "left out: {0}: {1}": "略去：{0}：{1}",
  "{0} rows acknowledged, {1} lost": "已确认 {0} 行，丢失 {1} 行",
  " and still down": "，仍然中断",
  "TCP connections only": "仅 TCP 连接",
  "{0}: {1}: {2}; it does so by itself within {3} s": "{0}：{1}：{2}；它会在 {3} 秒内自动执行",
  "injecting it on {0}": "正在 {0} 上注入",
  "it did not end in time": "它没有及时结束",
  "it ended with code {0}": "它以代码 {0} 结束",
  "taking the fault away": "正在消除故障",
  "comparing what was acknowledged with what is there": "正在比较已确认的与实际存在的",
  "nothing of it was seen": "没有看到它的任何效果",
  "the rows of {0} could not be read again: {1}": "无法重新读取 {0} 的行：{1}",
  "{0} acknowledged rows are gone": "丢失了 {0} 个已确认的行",
  "no answer before anything was done: {0}": "尚未做任何事就没有应答：{0}",
  "what was hit has not come back yet": "被破坏的部分还没有恢复",
  "not as before after {0} s: {1}": "{0} 秒后仍未恢复原状：{1}",
  "nothing hits {0}, the host this is run on": "不会影响 skyha 所在的 {0}",
  ", or with --only {0}": "，或者使用 --only {0}",
  "{0}: would hit {1}, the host this is run on; run it on a third machine{2}":
    "{0}：会影响 skyha 所在的 {1}；请在第三台机器上执行{2}",
  "link {0} of {1} is down": "{1} 的链路 {0} 已断开",
  "all are connected": "全部已连接",
  "all answer at {0}": "全部在 {0} 上有应答",
  "{0}: no answer at {1}, from here": "{0}：从本机看，在 {1} 上没有应答",
  "no row can be written into {0}: {1}": "无法向 {0} 写入行：{1}",
  "appendonly is off: what came after the last snapshot is lost with the host":
    "appendonly 已关闭：最后一次快照之后的数据会随主机丢失",
  "appendfsync is everysec: a host that loses its power may take the last second with it":
    "appendfsync 为 everysec：断电的主机可能丢失最后一秒的数据",
  "appendfsync is no: when a write reaches the disk is left to the kernel":
    "appendfsync 为 no：写入何时落盘由内核决定",
  // --- messages: brain ---
  "choose whose copy is kept; nothing chooses for you": "请选择保留哪一份数据；没有人会替您选择",
  "to keep the copy of {0}, and save and then give up what only {1} has:":
    "保留 {0} 的数据，先保存、再放弃只有 {1} 才有的数据：",
  "nothing is given up without both hosts: {0} cannot be reached":
    "必须两台主机都在，才能放弃数据：无法连接 {0}",
  "nothing is given up: the generations of the two copies could not be read":
    "没有放弃任何数据：无法读取两份数据的世代标识",
  "nothing is given up: the two copies were never one, so one of them has to be made anew":
    "没有放弃任何数据：这两份数据从来不是同一份，其中一份必须重新建立",
  "nothing has to be given up: one copy has all that the other one has, DRBD only has to connect them":
    "不需要放弃任何数据：其中一份包含另一份的全部内容，DRBD 只需重新连接",
  "the copy of {0} cannot be kept: it is {1}, not UpToDate": "不能保留 {0} 的数据：它是 {1}，不是 UpToDate",
  "Pacemaker does not run on {0}, which has to serve meanwhile":
    "{0} 上没有运行 Pacemaker，而这段时间要由它提供服务",
  "there is no directory {0} on {1} for the copy that is given up": "{1} 上没有用来保存被放弃数据的目录 {0}",
  "no space on {0} for {1}: {2} MB needed, {3} MB free": "{0} 上没有空间存放 {1}：需要 {2} MB，剩余 {3} MB",
  "whether {0} has space for the copy that is given up is not known: {1}":
    "不知道 {0} 是否有空间保存被放弃的数据：{1}",
  "nothing was done": "没有执行任何操作",
  "skyha brain --give-up {0} --confirm {1}   without a terminal":
    "skyha brain --give-up {0} --confirm {1}   没有终端时这样执行",
  "{0}. The copy of {1} may be overwritten in part{2}": "{0}。{1} 的数据可能已被部分覆盖{2}",
  "{0}. Nothing is lost: both copies are as they were{1}": "{0}。没有丢失任何数据：两份数据都保持原样{1}",
  "; saved: {0}": "；已保存：{0}",
  "skyha show   then skyha recover, which starts what was stopped":
    "skyha show   然后 skyha recover，它会启动被停止的部分",
  "both copies are that of {0}; what only {1} had is in {2} on {3}":
    "两份数据现在都是 {0} 的；只有 {1} 才有的数据保存在 {3} 的 {2}",
  "{0}   on {1}, to look into it": "{0}   在 {1} 上执行，可以查看其内容",
  "the snapshot {0} slows every write of {1} down while it exists":
    "快照 {0} 存在期间，{1} 的每次写入都会变慢",
  "lvremove {0}   on {1}, when it is no longer needed": "lvremove {0}   不再需要时，在 {1} 上执行",
  "no split brain": "没有脑裂",
  "no split brain; instead: {0}": "没有脑裂；实际情况是：{0}",
  "whether this is a split brain cannot be seen: {0} could not be asked about DRBD":
    "看不出是否脑裂：无法向 {0} 查询 DRBD",
  // --- messages: report ---
  "there is nothing to report: {0} cannot be reached": "没有可报告的内容：无法连接 {0}",
  "nothing was written: what has to stay secret could not be read ({0})":
    "没有写入任何内容：无法读取需要保密的内容（{0}）",
  "the report could not be written to {0}: {1}": "无法将报告写入 {0}：{1}",
  "{0} ({1} files, {2} MB), without passwords and keys": "{0}（{1} 个文件，{2} MB），不含密码和密钥",
  "; without {0}, not reached": "；不含无法连接的 {0}",
  "; not to be had: {0}": "；无法取得：{0}",
  "look into it before you give it away: what containers write is theirs":
    "交给别人之前请先检查：容器输出的内容由容器决定",
  // --- messages: recover ---
  "nothing to recover": "没有需要恢复的",
  "skyha recover --yes   does what undoes nobody's intention; --intended the rest too":
    "skyha recover --yes   只做不违背任何人意图的部分；--intended 连其余的也做",
  "only a person can decide this: {0}": "这需要由人来决定：{0}",
  "serving: {0}, data safe: {1}, failures left: {2}{3}":
    "是否在服务：{0}，数据是否安全：{1}，还能承受故障：{2}{3}",
  "; still: {0}": "；仍有：{0}",
  "serving: {0}, data safe: {1}; still wrong: {2}": "是否在服务：{0}，数据是否安全：{1}；仍有问题：{2}",
  "outcome unknown: {0}": "结果未知：{0}",
  // --- reset ---
  "adopt: put back the /etc/drbd.d/skydata.res that belongs to it; keep: give another device or data_dir; erase, when it is certainly not needed: {0}":
    "沿用：放回属于它的 /etc/drbd.d/skydata.res；保留：换用其他设备或 data_dir；清除（确定不再需要时）：{0}",
  "keep: give another device or data_dir; erase, when it is certainly not needed: {0}":
    "保留：换用其他设备或 data_dir；清除（确定不再需要时）：{0}",
  "say one of --cluster, --data and --host NAME; which pair it is: --ask ADDRESS":
    "请在 --cluster、--data、--host NAME 中指定一个；要指明是哪一对主机：--ask ADDRESS",
  "{0} cannot be asked: a host that is not looked at may serve, or hold the only copy; nothing was done ({1})":
    "无法询问 {0}：未查看的主机可能仍在服务，或持有唯一副本；未做任何操作（{1}）",
  "not everything could be looked at, so nothing was done: {0}": "有内容无法查看，因此未做任何操作：{0}",
  "the cluster is in maintenance: it would not stop the services": "集群处于维护状态：它不会停止服务",
  "the services cannot be stopped in order: {0}": "无法按顺序停止服务：{0}",
  "no cluster runs there, and still in use: {0}": "那里没有运行集群，但仍在使用：{0}",
  "skyha recover   or stop it by hand": "skyha recover   或手动停止",
  "the cluster has resources that are not of this pair's making: {0}": "集群中有并非由本系统创建的资源：{0}",
  "--with-foreign   when they may go with the cluster": "--with-foreign   若它们可随集群一并移除",
  "the copies of the data are not the same, so nothing is given up: {0}":
    "两份数据副本不一致，因此不放弃任何一份：{0}",
  "{0} does not have all services, so it would not go on without {1}":
    "{0} 上并非所有服务都在运行，没有 {1} 它无法继续服务",
  "skyha recover   or reset both: --cluster, --data": "skyha recover   或同时重置两台：--cluster、--data",
  "only {0} has a copy of the data": "只有 {0} 有数据副本",
  "no recovery copy is in {0} of either host": "两台主机的 {0} 中都没有恢复副本",
  "the newest recovery copy: {0}": "最新的恢复副本：{0}",
  "the volume is mounted on neither host, so what is on it was not listed":
    "两台主机都未挂载该卷，因此未列出其中内容",
  "stays: {0}": "保留：{0}",
  "nothing of it is there any more": "已没有任何相关内容",
  "skyha reset {0} --confirm {1}   without a terminal": "skyha reset {0} --confirm {1}   没有终端时",
  "while you were asked something changed, so nothing was done": "询问期间情况发生了变化，因此未做任何操作",
  "skyha reset   again": "skyha reset   重新执行",
  "skyha reset {0}   again goes on where it stopped; -f skyha.yaml where no host has the file":
    "skyha reset {0}   再次执行会从中断处继续；若主机上已没有该文件，请加 -f skyha.yaml",
  "done on {0}": "已在 {0} 上完成",
  "done on {0}; the data is kept in {1}": "已在 {0} 上完成；数据保留在 {1}",
  "skyha install   builds a pair again": "skyha install   可重新搭建",
  "{0} goes on alone: nothing takes over when it fails, and after a reboot it waits for {1}":
    "{0} 单独继续服务：它若故障则无人接管，重启后会等待 {1}",
  "skyha install -f skyha.yaml   with {0}, or with a host that takes its place and name":
    "skyha install -f skyha.yaml   用 {0}，或用接替其位置和名称的主机",
  "looking at both hosts": "正在查看两台主机",
  "This ends the data of the pair. Type {0} to go on: ": "此操作将放弃这对主机的数据。输入 {0} 以继续：",
  "This stops what runs there. Type {0} to go on: ": "此操作将停止那里运行的内容。输入 {0} 以继续：",
  "newest: {0}": "最新：{0}",
  "packages, the container engine": "软件包、容器引擎",
  images: "镜像",
  "the journal in /var/lib/skyha": "/var/lib/skyha 中的日志",
  "the replicated volume, its DRBD resource, passwords and settings in /etc/skyha, the program":
    "复制卷、其 DRBD 资源、/etc/skyha 中的密码和设置、程序本身",
  "on {0}: which services start at boot, because how it was before is not recorded":
    "在 {0} 上：开机启动的服务（以前的状态没有记录）",
  "the cluster has no quorum, or does not answer": "集群没有法定票数，或没有应答",
  "the cluster does not know yet that it was stopped on {0}": "集群还不知道它在 {0} 上已停止",
  "the cluster does not look after {0}": "集群没有管理 {0}",
  "its configuration cannot be read: {0}": "无法读取其配置：{0}",
  "the copy of {0} is not known: {1}": "{0} 的副本状态未知：{1}",
  "the copy of {0} is {1}": "{0} 的副本为 {1}",
  "{0} does not have its changes copied: {1}": "{0} 的更改没有被复制：{1}",
  "{0} has changes that {1} does not have yet": "{0} 有 {1} 尚未得到的更改",
  "both copies have changes that the other one does not have": "两份副本各有对方没有的更改",
  "the copies have nothing in common": "两份副本毫无共同之处",
  "the DRBD resource there is not on {0}, as this configuration says: it is not this pair's":
    "那里的 DRBD 资源并不在此配置所说的 {0} 上：该配置不属于这对主机",
  "without -f on one of the hosts, their own configuration is used":
    "在其中一台主机上不加 -f，即使用其自身的配置",
  // --- messages: backup and restore ---
  "there is nothing to back up that is called {0}; there is: {1}": "没有名为 {0} 的可备份内容；现有：{1}",
  "what there is to back up is not known, the cluster could not be asked: {0}":
    "不知道有哪些内容可备份，无法查询集群：{0}",
  "nothing was backed up, no host is known to have the services: {0}":
    "没有备份任何内容，不知道服务在哪台主机上：{0}",
  "another backup of {0} is at work; this one did nothing": "{0} 的另一个备份正在进行；本次什么也没做",
  "no space in {0} for {1}: {2} MB needed, with what the volume may still grow by; {3} MB free":
    "{0} 中没有空间备份 {1}：需要 {2} MB（含复制卷还可能增长的部分），空闲 {3} MB",
  "{0} was not backed up: {1}": "{0} 没有备份成功：{1}",
  "{0}: {1}, {2} MB, on {3}": "{0}：{1}，{2} MB，位于 {3}",
  "{0} is on one host alone: it could not be copied to {1}: {2}": "{0} 只在一台主机上：无法复制到 {1}：{2}",
  "which backups {0} has is not known: {1}": "不知道 {0} 上有哪些备份：{1}",
  "there are no backups": "没有备份",
  "{0}: every file is as it was written": "{0}：每个文件都与写入时一致",
  "{0} cannot be relied on: {1}": "{0} 不可信：{1}",
  "every day at {0}, by the clock of the host that has the services; timer on {1}":
    "每天 {0}，以运行服务的主机的时钟为准；定时器位于 {1}",
  "no backups by themselves any more": "不再自动备份",
  "nothing was changed: the timer belongs on both hosts, and {0} cannot be reached":
    "没有做任何更改：定时器必须在两台主机上，而 {0} 无法连接",
  "there is no backup of {0} on a host that can be reached": "在能连接的主机上没有 {0} 的备份",
  "there is no backup {0} of {1} on a host that can be reached": "在能连接的主机上没有 {1} 的备份 {0}",
  "nothing of {0} was touched: {1}": "没有触动 {0} 的任何内容：{1}",
  "{0} can be restored: it was, to look into it, and that is gone again":
    "{0} 可以恢复：已试恢复并查看，试恢复的内容已删除",
  "{0} was not proven to be of use: {1}": "未能证明 {0} 可用：{1}",
  "skyha restore {0} --confirm {1}   without a terminal": "skyha restore {0} --confirm {1}   没有终端时",
  "{0} serves what {1} holds; the data of before are in {2} on {3}":
    "{0} 现在提供 {1} 中的数据；之前的数据在 {3} 的 {2}",
  "skyha restore {0} --undo {1}   puts them back": "skyha restore {0} --undo {1}   换回之前的数据",
  "{0} serves what it had before; what it served until now is in {1} on {2}":
    "{0} 又提供之前的数据；到刚才为止的数据在 {2} 的 {1}",
  "the files are in {0} on {1}; nothing else was touched": "文件在 {1} 的 {0}；其他内容没有触动",
  "{0}. The data of {1} are as they were, but the cluster keeps its hands off it":
    "{0}。{1} 的数据保持原样，但集群仍不管理它",
  "{0}. Nothing has changed: {1} has the data it had": "{0}。没有任何改变：{1} 的数据保持原样",
  "skyha restore {0} --resume   gives it back": "skyha restore {0} --resume   交还给集群",
  "{0}. The data of {1} were exchanged; those of before are in {2}":
    "{0}。{1} 的数据已经换过；之前的数据在 {2}",
  "the cluster watches over {0} again": "集群重新看管 {0}",
  "back up {0} on {1}": "在 {1} 上备份 {0}",
  "it cannot be reached": "无法连接",
  backup: "备份",
  made: "时间",
  size: "大小",
  verified: "验证",
  "its backup.json cannot be read": "无法读取其 backup.json",
  "whether every table is InnoDB is not known: only these are of one moment":
    "不知道是否所有表都是 InnoDB：只有 InnoDB 表属于同一时刻",
  "{0} tables are not InnoDB: their rows are not of the same moment as the rest":
    "{0} 个表不是 InnoDB：它们的行与其余数据不属于同一时刻",
  "files were copied one after the other while in use: this is not a snapshot":
    "文件是在使用中逐个复制的：这不是快照",
  "some changed while they were read": "有些文件在读取时发生了变化",
  "{0} cannot be reached": "无法连接 {0}",
  "there is no directory {0} on {1}": "{1} 上没有目录 {0}",
  "{0} is stopped, and what was written since is put aside. Type {1} to go on: ":
    "将停止 {0}，备份之后写入的内容会放到一边。输入 {1} 继续：",
  files: "文件",
  "{0} files, {1}": "{0} 个文件，{1}",
  "starting a throw-away server": "正在启动临时服务器",
  "looking what is in it": "正在查看其内容",
  "{0} tables, about {1} rows, {2}": "{0} 个表，约 {1} 行，{2}",
  "reading the dump": "正在读入转储",
  accounts: "账户",
  "{0} keys": "{0} 个键",
  "the cluster has no quorum, or is just forming": "集群没有法定票数，或正在组建",
  "the cluster is at work on {0}: wait until it is done": "集群正在操作 {0}：请等它完成",
  "the cluster has no resource {0}": "集群没有资源 {0}",
  "{0} is not managed by the cluster": "{0} 未受集群管理",
  "{0} is not known to be mounted on {1}": "不能确定 {0} 已挂载在 {1} 上",
  "the copy on {0} is {1}, not UpToDate": "{0} 上的副本是 {1}，不是 UpToDate",
  "no space in {0} on {1}: {2} MB needed, {3} MB free": "{1} 的 {0} 中没有空间：需要 {2} MB，空闲 {3} MB",
};
