import { problems } from './problems.zh'

/** 各页面共用的中文说法。 */
export const zh = {
  problems,

  demo: { banner: '演示系统 · 数据均为虚构', guide: '演示指南' },
  language: { label: '界面语言', zh: '中文', en: 'English' },

  product: { name: '广州电子社会保障卡', short: '电子社保卡' },

  do: {
    cancel: '取消',
    close: '关闭',
    retry: '重试',
    signIn: '登录',
    signOut: '退出登录',
    more: '查看更多',
    copy: '复制',
    copied: '已复制',
    reveal: '显示',
    hide: '隐藏',
  },

  problem: {
    title: '没有办成',
    andWait: '{what}请等待 {wait}。',
    seconds: '{n} 秒',
    minutes: '{n} 分钟',
    reference: '错误码',
  },

  list: '、',
  loading: '正在加载…',
  offline: '当前没有网络',

  state: {
    ordered: '待制卡',
    made: '待启用',
    active: '正常',
    suspended: '已挂失',
    replaced: '已补换',
    cancelled: '已注销',
    locked: '应用已锁定',
  },

  account: {
    medical: '医疗保险个人账户',
    financial: '金融账户',
    state: { pending: '未启用', open: '正常', suspended: '暂停使用', closed: '已关闭' },
    use: {
      medical_settlement: '就医结算',
      fund_transfer: '医保基金划入',
      contribution_payment: '缴纳社保费',
      benefit_receipt: '领取待遇',
      reimbursement_receipt: '报销返还',
      cash: '现金存取',
      transfer: '转账',
    },
  },

  purpose: {
    status_query: '状态查询',
    loss_report: '挂失',
    loss_report_withdrawal: '解除挂失',
    replacement: '补领',
    information_change: '信息变更',
    cancellation: '注销',
    registration: '挂号登记',
    settlement: '费用结算',
    boarding: '乘车',
    identity_check: '身份核验',
  },

  role: {
    citizen: '持卡人',
    bank_clerk: '银行柜员',
    phone_operator: '热线话务员',
    agency_officer: '经办机构工作人员',
    bureau_officer: '市人社局工作人员',
    district_officer: '区街工作人员',
    unit_admin: '应用单位管理员',
    auditor: '审计员',
    verifier: '核验员',
    system: '系统',
  },
}
