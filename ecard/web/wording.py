"""What each problem is called, in Chinese and English, and the HTTP status it means."""

from __future__ import annotations

from typing import NamedTuple

from flask import Request


class Problem(NamedTuple):
    """One row: status, then title and detail in Chinese and in English. ``{tries_left}`` and the like are filled from the facts."""

    status: int
    title: str
    detail: str
    title_en: str
    detail_en: str


PROBLEMS: dict[str, Problem] = {
    # requests
    "request_malformed": Problem(400, "请求格式有误", "请检查请求内容后重试。", "Malformed request", "Check the request and send it again."),
    "request_invalid": Problem(422, "请求内容不合要求", "请按 errors 中列出的字段修改。", "Invalid request", "Correct the fields listed in errors."),
    "request_too_large": Problem(413, "请求过大", "请减少内容后重试。", "Request too large", "Send less."),
    "request_timeout": Problem(408, "请求超时", "请重试。", "Request timed out", "Send it again."),
    "media_type_unsupported": Problem(415, "不支持的内容类型", "请使用 application/json。", "Unsupported media type", "Use application/json."),
    "not_found": Problem(404, "没有找到", "地址不存在。", "Not found", "There is nothing at this address."),
    "range_not_satisfiable": Problem(416, "没有所请求的部分", "该文件没有这么长。", "Nothing at that range", "The document is not that long."),
    "method_not_allowed": Problem(405, "不支持的方法", "此地址不接受该方法。", "Method not allowed", "This address does not take that method."),
    "rate_limited": Problem(429, "操作过于频繁", "请在 {retry_after} 秒后重试。", "Too many requests", "Try again in {retry_after} seconds."),
    "idempotency_key_reused": Problem(422, "幂等键已用于其他请求", "请为新请求使用新的 Idempotency-Key。", "Idempotency key reused", "Use a new Idempotency-Key for a different request."),
    "idempotency_key_malformed": Problem(400, "幂等键格式有误", "Idempotency-Key 应为 8 至 100 个可见字符。", "Malformed idempotency key", "An Idempotency-Key has 8 to 100 visible characters."),
    "request_in_progress": Problem(409, "相同请求正在处理", "请稍后重试。", "The same request is in progress", "Try again shortly."),
    "database_busy": Problem(503, "系统繁忙", "未作任何更改，请稍后重试。", "The system is busy", "Nothing was changed; try again shortly."),
    "internal_error": Problem(500, "系统内部错误", "未能完成操作，请稍后重试；如持续出现请联系客服。", "Internal error", "The request could not be completed. Try again later."),
    # sessions
    "token_missing": Problem(401, "请先登录", "此操作需要登录。", "Sign in first", "This needs a session."),
    "token_invalid": Problem(401, "登录凭证无效", "请重新登录。", "Invalid token", "Sign in again."),
    "token_expired": Problem(401, "登录凭证已过期", "请刷新登录状态。", "Token expired", "Refresh the session."),
    "token_revoked": Problem(401, "登录已结束", "请重新登录。", "Session ended", "Sign in again."),
    "refresh_reused": Problem(401, "登录已结束", "刷新凭证被重复使用，为安全起见已退出登录。", "Session ended", "A refresh token was used twice; the session was ended for safety."),
    "csrf_failed": Problem(403, "安全校验未通过", "请刷新页面后重试。", "Cross-site check failed", "Reload the page and try again."),
    "role_not_allowed": Problem(403, "无权进行此操作", "您的角色不能进行此操作。", "Not allowed", "Your role may not do this."),
    "phone_malformed": Problem(422, "手机号码有误", "请输入正确的手机号码。", "Phone number not recognised", "Enter a valid mobile number."),
    "sms_too_soon": Problem(429, "验证码刚刚发送过", "请在 {retry_after} 秒后再获取。", "Code just sent", "Ask again in {retry_after} seconds."),
    "sms_unavailable": Problem(503, "短信暂时无法发送", "请稍后重试。", "SMS cannot be sent now", "Try again shortly."),
    "sms_code_wrong": Problem(401, "验证码错误", "还可以尝试 {tries_left} 次。", "Wrong code", "{tries_left} tries left."),
    "sms_code_expired": Problem(401, "验证码已失效", "请重新获取验证码。", "Code expired", "Ask for a new code."),
    "sms_code_used": Problem(401, "验证码已使用", "请重新获取验证码。", "Code already used", "Ask for a new code."),
    "sms_code_locked": Problem(401, "验证码错误次数过多", "请重新获取验证码。", "Too many wrong tries", "Ask for a new code."),
    "sign_in_failed": Problem(401, "登录失败", "用户名、密码或动态口令有误。", "Sign-in failed", "User name, password or one-time password is wrong."),
    "account_locked": Problem(423, "账号已锁定", "错误次数过多，请在 {retry_after} 秒后重试。", "Account locked", "Too many mistakes; try again in {retry_after} seconds."),
    # binding and finding
    "document_number_malformed": Problem(422, "证件号码有误", "请检查证件号码。", "Document number not valid", "Check the document number."),
    "binding_refused": Problem(403, "无法绑定", "所填信息与登记信息不一致。请核对，或持身份证件到合作银行网点办理。", "Cannot bind", "The details do not match the record. Check them, or visit an outlet of a partner bank with your document."),
    "already_bound": Problem(409, "已绑定社会保障卡", "此账号已绑定社会保障卡。", "Already bound", "This account already has a card."),
    "not_bound": Problem(409, "尚未绑定社会保障卡", "请先绑定社会保障卡。", "No card bound", "Bind your card first."),
    "no_card": Problem(404, "没有社会保障卡", "未找到有效的社会保障卡。", "No card", "There is no current card."),
    "no_photo": Problem(404, "没有相片", "登记信息中没有相片。", "No photo", "There is no photo on record."),
    "card_not_found": Problem(404, "未找到社会保障卡", "请重新查询。", "Card not found", "Look it up again."),
    "person_not_found": Problem(404, "未找到持卡人", "没有此证件号码的登记信息。", "Person not found", "There is no record of this document number."),
    "purpose_missing": Problem(403, "尚未选择用途", "请先选择用途查询此卡。", "No purpose chosen", "Look the card up for a purpose first."),
    # the life of a card
    "loss_already_reported": Problem(409, "已挂失", "此卡已经挂失，无需重复办理。", "Loss already reported", "The card is reported lost already."),
    "card_not_active": Problem(409, "社会保障卡未启用", "此卡当前状态不能办理该业务。", "Card not active", "The card's state does not allow this."),
    "card_not_ordered": Problem(409, "卡状态不符", "此卡不在申领制作阶段。", "Card not on order", "The card is not on order."),
    "card_not_made": Problem(409, "卡状态不符", "此卡不在待启用状态。", "Card not awaiting activation", "The card is not awaiting activation."),
    "card_not_suspended": Problem(409, "未挂失", "此卡没有挂失。", "Not reported lost", "The card is not reported lost."),
    "card_suspended": Problem(409, "社会保障卡已挂失", "挂失期间不能出示电子社会保障卡。", "Card reported lost", "No code can be shown while the card is reported lost."),
    "card_cancelled": Problem(409, "社会保障卡已注销", "已注销的卡不能恢复使用。", "Card cancelled", "A cancelled card never comes back."),
    "card_replaced": Problem(409, "社会保障卡已被新卡取代", "请使用新卡。", "Card replaced", "Use the new card."),
    "card_locked": Problem(409, "社会保障卡应用已锁定", "请到合作银行网点解锁。", "Card locked", "Visit an outlet to unlock it."),
    "card_already_locked": Problem(409, "已锁定", "此卡应用已锁定。", "Already locked", "The card is locked already."),
    "card_not_locked": Problem(409, "未锁定", "此卡应用没有锁定。", "Not locked", "The card is not locked."),
    "not_at_outlet": Problem(403, "须到网点办理", "请持本人有效身份证件到本卡合作银行网点办理（第二十二条）。", "Only at an outlet", "Visit an outlet of the card's own bank with the document (Art. 22)."),
    "other_bank": Problem(403, "非本行社会保障卡", "请到该卡的合作银行办理（第六条）。", "Another bank's card", "The card's own bank serves it (Art. 6)."),
    "document_not_seen": Problem(422, "未核验证件", "请核验本人有效身份证件后勾选。", "Document not seen", "See the holder's document, then tick the box."),
    "caller_not_verified": Problem(422, "未核实来电人", "请先核实来电人身份。", "Caller not verified", "Verify the caller first."),
    "replacement_requested": Problem(409, "已申请补领", "已申请补领新卡，不能解除挂失（第二十二条）。", "Replacement requested", "A replacement was requested; the loss report stands (Art. 22)."),
    "replacement_already_requested": Problem(409, "已申请补领", "补领申请正在办理。", "Already requested", "A replacement is under way."),
    "second_person_required": Problem(403, "须由第二人确认", "注销须由另一名工作人员确认。", "Second person required", "Another officer must confirm."),
    "same_person": Problem(403, "不能确认本人的提议", "须由另一名工作人员确认。", "Same person", "Another officer must confirm it."),
    "proposal_exists": Problem(409, "已有待确认的注销提议", "请先处理现有提议。", "Proposal exists", "Decide the open proposal first."),
    "proposal_closed": Problem(409, "提议已结束", "该提议已处理或已过期。", "Proposal closed", "It was decided or has expired."),
    "proposal_not_found": Problem(404, "未找到提议", "请刷新列表。", "Proposal not found", "Reload the list."),
    "serials_exhausted": Problem(503, "状态编号已用尽", "暂时无法恢复此卡，请联系系统管理部门。", "No status serials left", "The card cannot be revived now; tell those who run the service."),
    # codes and verifiers
    "scene_unknown": Problem(422, "未知的使用场景", "请选择已登记的场景。", "Unknown scene", "Choose a registered scene."),
    "scene_unavailable": Problem(503, "此使用场景暂不可用", "请使用其他场景，或稍后重试。", "Scene unavailable now", "Use another scene, or try again later."),
    # phones
    "step_up_code_wrong": Problem(403, "验证码错误", "还可以尝试 {tries_left} 次。", "Wrong code", "{tries_left} tries left."),
    "step_up_code_expired": Problem(403, "验证码已失效", "请重新获取绑定手机的验证码。", "Code expired", "Ask for a new code for linking a phone."),
    "step_up_code_used": Problem(403, "验证码已使用", "请重新获取绑定手机的验证码。", "Code already used", "Ask for a new code for linking a phone."),
    "step_up_code_locked": Problem(403, "验证码错误次数过多", "请重新获取绑定手机的验证码。", "Too many wrong tries", "Ask for a new code for linking a phone."),
    "device_key_invalid": Problem(422, "手机密钥无效", "请在手机上重新生成密钥。", "Device key not valid", "Make a new P-256 key on the device."),
    "device_proof_invalid": Problem(422, "手机密钥证明无效", "请在手机上重新绑定。", "Device proof not valid", "Link the device again, from the device itself."),
    "device_key_in_use": Problem(409, "手机密钥已被使用", "请在手机上重新生成密钥后再绑定。", "Device key in use", "Make a new key on the device, then link it."),
    "device_not_found": Problem(404, "未找到手机", "请刷新手机列表。", "Device not found", "Reload the list of devices."),
    "device_ended": Problem(409, "手机已解除绑定", "请重新绑定这部手机。", "Device no longer linked", "Link this device again."),
    "device_clock_wrong": Problem(422, "手机时间不准确", "请按 server_time 校正时间后重试。", "Device clock wrong", "Correct the time by server_time and try again."),
    "credential_request_invalid": Problem(422, "离线凭证请求无效", "请由已绑定的手机重新签名后再试。", "Request for credentials not valid", "Let the linked device sign a new request."),
    "credential_request_replayed": Problem(409, "离线凭证请求已使用", "请由已绑定的手机签名新的请求。", "Request for credentials used already", "Let the linked device sign a new request."),
    "codes_unavailable": Problem(503, "暂时无法出示", "请出示实体卡，或稍后重试。", "Codes cannot be shown now", "Show the plastic card, or try again shortly."),
    "enrolment_code_wrong": Problem(401, "登记码无效", "登记码有误、已过期或已使用，请向本单位管理员重新获取。", "Enrolment code not valid", "It is wrong, expired or used; ask your administrator for a new one."),
    "proof_invalid": Problem(422, "密钥证明无效", "请重新登记设备。", "Key proof invalid", "Enrol the device again."),
    "assertion_invalid": Problem(401, "设备凭证无效", "设备已停用、密钥不符或时钟偏差过大。", "Device assertion invalid", "The device is disabled, its key differs, or its clock is off."),
    "verifier_not_found": Problem(404, "未找到核验设备", "请刷新列表。", "Verifier not found", "Reload the list."),
    "single_use_unavailable": Problem(503, "暂时无法确认一次性使用", "请稍后重试；核验可先离线进行。", "Single use cannot be checked now", "Try again shortly; codes can be verified offline meanwhile."),
    "trust_not_ready": Problem(503, "核验资料尚未发布", "请稍后重试。", "Trust material not published yet", "Try again shortly."),
    "trust_not_found": Problem(404, "没有此核验资料", "该名单不在有效期内。", "No such trust material", "That list is not live."),
}  # fmt: skip


def prefers_english(request: Request) -> bool:
    """Whether the request ranks English above Chinese, in whatever country either is spoken; Chinese if it names neither."""
    for language, quality in request.accept_languages:
        spoken = language.partition("-")[0].lower()
        if quality and spoken in {"zh", "en"}:
            return spoken == "en"
    return False
