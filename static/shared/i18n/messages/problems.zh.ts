/** 每个错误码的说法：发生了什么，接下来怎么办。 */
export const problems = {
  // 连接
  offline: '手机没有网络。连上网络后再试一次。',
  unreachable: '暂时连不上服务器。请稍后再试，您填的内容还在。',
  timeout: '服务器没有及时回应。再试一次不会重复办理。',
  unreadable: '服务器的回答无法识别，请稍后再试。',

  // 登录
  phone_malformed: '请填写 11 位的中国大陆手机号码。',
  rate_limited: '操作太频繁了，请稍等片刻再试。',
  sms_code_wrong: '验证码不对，请核对短信里最新的一条。',
  sms_code_wrong_counted: '验证码不对，还可以再试 {tries_left} 次。',
  sms_code_expired: '验证码已过期，请重新获取。',
  sms_code_used: '这个验证码已经用过，请重新获取。',
  sms_code_locked: '验证码试错次数过多，已作废。请重新获取。',
  sign_in_failed: '用户名、密码或动态码不对。',
  account_locked: '连续输错次数过多，账号暂时锁定。',
  token_expired: '登录已过期，请重新登录。',
  token_revoked: '登录已失效，请重新登录。',
  refresh_reused: '为了安全，这次登录已被收回，请重新登录。',
  unauthenticated: '请先登录。',
  csrf_failed: '页面已过期，请刷新后再试。',
  role_not_allowed: '您的岗位不能办理这一项。',

  // 卡与持卡人
  document_number_malformed: '证件号码不对：请核对位数和最后一位校验码。',
  binding_refused:
    '无法绑定。证件号码、姓名与登录手机号须与办卡时登记的一致；如已变更，请到合作银行网点更新。',
  already_bound: '这部手机的登录身份已绑定一张卡。',
  not_bound: '还没有绑定社会保障卡。',
  no_card: '没有查到社会保障卡。可到任一合作银行网点申领。',
  person_not_found: '没有查到这个证件号码的人员。',
  card_not_active: '这张卡目前不是正常状态，不能办理。',
  card_not_suspended: '这张卡没有挂失，无需办理。',
  card_not_made: '这张卡还没有制好，不能启用。',
  card_not_ordered: '这张卡不在待制卡状态。',
  card_cancelled: '这张卡已注销，不能再办理业务。',
  card_replaced: '这张卡已被新卡替换。',
  card_locked: '这张卡已被应用锁定。',
  card_not_locked: '这张卡没有锁定，无需解锁。',
  card_already_locked: '这张卡已经锁定。',
  loss_already_reported: '这张卡已经挂失，无需重复办理。',
  replacement_already_requested: '已经申请过补领，无需重复申请。',
  replacement_requested: '已经申请补领新卡，原卡不能再解除挂失（第二十二条）。',
  scene_unknown: '不支持这个使用场景。',

  // 柜台
  document_not_seen: '请先核验本人有效身份证件原件（第二十二条）。',
  caller_not_verified: '请先核实来电人的身份。',
  other_bank: '这张卡属于另一家合作银行，只能由该行办理。',
  not_at_outlet: '只能在发卡银行的网点当面办理（第二十二条）。',
  second_person_required: '须由另一位工作人员确认。',
  same_person: '不能确认自己提出的注销，须由另一位工作人员办理。',
  proposal_closed: '这条注销建议已经办结或过期。',
  proposal_open: '这张卡已有一条待确认的注销建议。',

  // 核验设备
  enrolment_code_wrong: '登记码不对、已用过或已过期。请向本单位管理员索取新的登记码。',
  proof_invalid: '设备密钥的证明无效，请重新登记。',
  assertion_invalid: '设备身份校验失败。请检查设备时钟，必要时重新登记。',

  // 其余
  not_found: '没有找到。它可能已被删除。',
  request_malformed: '提交的内容有误，请检查后再试。',
  idempotency_key_reused: '这次提交与上一次冲突，请刷新后再试。',
  internal_error: '系统出错了，我们已经记录。请稍后再试。',
  unavailable: '服务正在维护，请稍后再试。',
  unknown: '没有办成，请稍后再试。',
}
