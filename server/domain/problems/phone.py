"""Problems of the survey and complaint pages on a telephone."""

from server.domain.problems.wording import Wording

PROBLEMS = {
    "point-retired": Wording(
        410,
        "Mã này không còn dùng nữa. Xin quét mã mới tại trường, hoặc gặp cán bộ tại quầy.",
        "This code is no longer in use. Please scan a newer one at the school, or ask at the desk.",
    ),
    "slip-needed": Wording(
        403,
        "Khảo sát ở đây dùng phiếu riêng cho từng lượt. Xin nhận phiếu tại quầy rồi quét mã trên phiếu.",
        "Each visit has a slip of its own here. Please ask for one at the desk and scan its code.",
    ),
    "slip-unknown": Wording(
        404,
        "Không có phiếu nào mang mã này. Xin xem lại từng chữ, hoặc nhận phiếu khác tại quầy.",
        "No slip has this code. Please check its letters, or ask for another slip at the desk.",
    ),
    "slip-used": Wording(
        409,
        "Phiếu này đã dùng rồi. Mỗi phiếu đánh giá được một lần.",
        "This slip was used already. Each slip is good for one rating.",
    ),
    "too-many-slips": Wording(
        429,
        "Có quá nhiều mã phiếu không đúng từ mạng này. Xin thử lại sau {minutes} phút, hoặc hỏi tại quầy.",
        "Too many slips from this network were unknown. Try again in {minutes} minutes, or ask at the desk.",
    ),
    "form-forged": Wording(
        422,
        "Chưa gửi được vì trang này không dùng được nữa. Xin xem lại rồi bấm gửi một lần nữa.",
        "Not sent, because this page can no longer be used. Please look it over and send it once more.",
    ),
    "form-expired": Wording(
        422,
        "Chưa gửi được vì trang mở đã lâu. Xin xem lại rồi bấm gửi một lần nữa.",
        "Not sent, because the page was opened long ago. Please look it over and send it once more.",
    ),
    "form-empty": Wording(422, "Xin chọn một khuôn mặt.", "Please choose a face."),
    "form-nothing": Wording(422, "Xin trả lời ít nhất một câu.", "Please answer one question at least."),
    "form-bad": Wording(
        422,
        "Chưa gửi được vì có câu trả lời không nằm trong các lựa chọn. Xin chọn lại.",
        "Not sent, because one answer is none of the choices. Please choose again.",
    ),
    "form-conflict": Wording(
        409,
        "Đánh giá trước của quý vị đã được ghi nhận. Mỗi lượt tính một lần; lần gửi này không đổi gì.",
        "Your earlier rating was recorded. Each visit counts once, so sending again has changed nothing.",
    ),
    "letter-conflict": Wording(
        409,
        "Lần trước đã đến nhà trường. Lần này chưa gửi: bấm gửi lần nữa nếu quý vị muốn gửi thêm.",
        "What you sent before has reached the school. This is not sent yet: send it once more to add it.",
    ),
    "too-many-answers": Wording(
        429,
        "Đang có quá nhiều lượt gửi. Câu trả lời vẫn còn trên trang này; xin gửi lại sau {minutes} phút.",
        "Too much is being sent just now. Your answers stay on this page; send again in {minutes} minutes.",
    ),
    "complaints-closed": Wording(
        409,
        "Trường chưa nhận góp ý, phản ánh qua mạng. Xin gặp cán bộ tại quầy. Việc về hiệu trưởng: gửi "
        "Chủ tịch Ủy ban nhân dân xã, phường (trường THPT: Giám đốc Sở Giáo dục và Đào tạo).",
        "The school does not take complaints online yet. Please ask at the desk. What concerns the principal "
        "goes to the chair of the People’s Committee of the commune or ward.",
    ),
    "principal-would-read": Wording(
        409,
        "Chưa gửi: hiện ngoài hiệu trưởng chưa ai đọc được việc về hiệu trưởng. Xin gửi đến {to}; hoặc bỏ "
        "dấu rồi gửi, khi đó hiệu trưởng có thể đọc.",
        "Not sent: nobody but the principal could read what is about the principal. Please turn to {to}; or "
        "take the tick away and send, and the principal may read it.",
    ),
    "complaint-advice": Wording(
        422, "Trước khi gửi, xin quý vị đọc phần dưới đây.", "Before you send, please read what follows."
    ),
    "contact-too-long": Wording(
        422,
        "Họ tên hoặc liên lạc dài quá {most} ký tự. Xin viết ngắn lại; chưa có gì được gửi đi.",
        "The name or contact is longer than {most} characters. Shorten it; nothing was sent yet.",
    ),
    "contact-without-consent": Wording(
        422,
        "Để lại liên lạc thì xin đánh dấu vào ô đồng ý; không muốn thì xin xóa tên và số điện thoại.",
        "To leave your contact, please tick the box of consent; else clear the name and number.",
    ),
}
