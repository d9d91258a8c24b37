import { checkCharacter, documentFault, normalDocumentNumber } from '@shared/documents/document-number'
import { isMobileNumber, normalPhone } from '@shared/documents/phone-number'
import { describe, expect, it } from 'vitest'

const TODAY = new Date('2026-11-23T08:00:00Z')
const withCheck = (seventeen: string) => seventeen + checkCharacter(seventeen)

describe('a document number', () => {
  it.each([
    ['resident ID', '11010519491231002X'],
    ['resident ID', '440524188001010014'],
    ['small x, spaces', ' 110105 19491231 002x '],
    ['full-width digits', '１１０１０５１９４９１２３１００２Ｘ'],
    ['permit of Hong Kong residents', withCheck('81000019900307001')],
    ['permanent resident since 2023-12', withCheck('91015619850612001')],
    ['old permanent-resident card', 'FRA310185010101'],
  ])('is right: %s', (_, number) => {
    expect(documentFault(number, TODAY)).toBeNull()
  })

  it.each([
    ['', 'incomplete'],
    ['1101051949123100', 'incomplete'],
    ['FRA31018501', 'incomplete'],
    ['110105194912310021', 'check'],
    ['11010519491231002', 'incomplete'],
    ['11010519491231002XX', 'shape'],
    ['01010519491231002X', 'shape'],
    ['护照 E12345678', 'shape'],
    [withCheck('11010519490231002'), 'birth'],
    [withCheck('11010518791231002'), 'birth'],
    [withCheck('11010520261124002'), 'birth'],
  ])('%s has the fault %s', (number, fault) => {
    expect(documentFault(number, TODAY)).toBe(fault)
  })

  it('may be of somebody born today', () => {
    expect(documentFault(withCheck('44010620261123002'), TODAY)).toBeNull()
  })

  it('notices every single wrong digit', () => {
    const number = '11010519491231002X'
    for (let place = 0; place < 17; place += 1) {
      const other = String((Number(number[place]) + 1) % 10)
      const wrong = number.slice(0, place) + other + number.slice(place + 1)
      expect(documentFault(wrong, TODAY), wrong).not.toBeNull()
    }
  })

  it('has one spelling', () => {
    expect(normalDocumentNumber('１１０１０５ 19491231　002x')).toBe('11010519491231002X')
  })
})

describe('a mobile number', () => {
  it.each(['13800138000', '+86 138 0013 8000', '0086-138-0013-8000', '１３８００１３８０００'])(
    '%s is right',
    text => {
      expect(isMobileNumber(text)).toBe(true)
      expect(normalPhone(text)).toBe('13800138000')
    },
  )

  it.each(['', '12800138000', '1380013800', '138001380001', '02012345678'])('%s is not', text => {
    expect(isMobileNumber(text)).toBe(false)
  })
})
