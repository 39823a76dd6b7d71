"""Chinese characters that are written in several ways: traditional and Japanese forms, with the simplified one."""

from __future__ import annotations

_PAIRS = (
    "熱热鐵铁紅红綠绿緑绿氷冰個个兩两両两結结帳账帐账買买單单単单錢钱銭钱請请給给點点來来謝谢換换變变変变檸柠瑪玛塊块盃杯飲饮麵面麺面麥麦"
    "雞鸡鮮鲜漿浆無无減减訂订嗎吗麼么這这們们還还餅饼貝贝務务員员對对說说現现額额價价価价總总総总會会計计種种類类濃浓縮缩樣样様样後后"
    "幫帮從从開开廁厕線线號号問问幾几時时間间發发頭头維维納纳優优氣气気气溫温標标準准過过堅坚"
    "壹一貳二叄三奶奶參三爾尔蘭兰顧顾讓让動动醬酱蘋苹檔档櫃柜臺台處处錯错誤误確确認认賬账慮虑場场廳厅適适選选樂乐雙双隻只張张瓶瓶"
)
VARIANTS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
"""Each variant with the character that dictionaries and texts are compared in."""
